package main

import (
	"strings"
	"sync"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/utils"
	v1 "k8s.io/api/core/v1"
)

// kept is how long an answer about a rule holds. The controller asks two dozen times whether its own fixed rules still
// stand, by a process each, whenever a pod changes; nobody but it writes them here.
const kept = 30 * time.Second

// keptAnswers asks iptables once for what the controller asks it again and again. Every write forgets all answers.
type keptAnswers struct {
	utils.IPTablesHandler
	lock    sync.Mutex
	answers map[string]any
	since   time.Time
}

func withKeptAnswers(tables map[v1.IPFamily]utils.IPTablesHandler) map[v1.IPFamily]utils.IPTablesHandler {
	keeping := make(map[v1.IPFamily]utils.IPTablesHandler, len(tables))
	for family, handler := range tables {
		keeping[family] = &keptAnswers{IPTablesHandler: handler}
	}
	return keeping
}

func (k *keptAnswers) Exists(table, chain string, rule ...string) (bool, error) {
	return answer(k, key("rule", table, chain, rule...), func() (bool, error) {
		return k.IPTablesHandler.Exists(table, chain, rule...)
	})
}

func (k *keptAnswers) ChainExists(table, chain string) (bool, error) {
	return answer(k, key("chain", table, chain), func() (bool, error) {
		return k.IPTablesHandler.ChainExists(table, chain)
	})
}

func (k *keptAnswers) List(table, chain string) ([]string, error) {
	return answer(k, key("list", table, chain), func() ([]string, error) {
		return k.IPTablesHandler.List(table, chain)
	})
}

func (k *keptAnswers) AppendUnique(table, chain string, rule ...string) error {
	exists, err := k.Exists(table, chain, rule...)
	if err != nil || exists {
		return err
	}
	return k.Append(table, chain, rule...)
}

func (k *keptAnswers) Insert(table, chain string, position int, rule ...string) error {
	defer k.forget()
	return k.IPTablesHandler.Insert(table, chain, position, rule...)
}

func (k *keptAnswers) Append(table, chain string, rule ...string) error {
	defer k.forget()
	return k.IPTablesHandler.Append(table, chain, rule...)
}

func (k *keptAnswers) Delete(table, chain string, rule ...string) error {
	defer k.forget()
	return k.IPTablesHandler.Delete(table, chain, rule...)
}

func (k *keptAnswers) NewChain(table, chain string) error {
	defer k.forget()
	return k.IPTablesHandler.NewChain(table, chain)
}

func (k *keptAnswers) forget() {
	k.lock.Lock()
	defer k.lock.Unlock()
	k.answers = nil
}

func answer[T any](k *keptAnswers, question string, ask func() (T, error)) (T, error) {
	k.lock.Lock()
	defer k.lock.Unlock()
	if k.answers == nil || time.Since(k.since) > kept {
		k.answers, k.since = map[string]any{}, time.Now()
	}
	if known, ok := k.answers[question]; ok {
		return known.(T), nil
	}
	found, err := ask()
	if err == nil {
		k.answers[question] = found
	}
	return found, err
}

func key(kind, table, chain string, rule ...string) string {
	return strings.Join(append([]string{kind, table, chain}, rule...), "\x00")
}
