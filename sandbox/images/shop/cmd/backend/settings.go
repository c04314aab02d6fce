package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// settings are what the Deployment gives the shop's backend.
type settings struct {
	staticRoot   string
	logDirectory string
	logLevel     slog.Level
	corsOrigins  []string
	database     *mysql.Config
	failure      string
}

// Ways to be broken, which an image asks for with SHOP_FAILURE.
const (
	failsAtStart   = "crash"
	healthAnswers5 = "health-500"
	healthHangs    = "health-hang"
)

// databaseTimeout is below the five seconds after which callers usually give up, so that they hear the reason.
const databaseTimeout = 4 * time.Second

// Variables with a secret that this stand-in has no use for; it only says whether they arrived.
var unusedSecrets = []string{"CADRART_JWT_SECRET", "TEST_ENDPOINT_SECRET", "METRICS_API_KEY"}

func readSettings() (settings, error) {
	s := settings{
		staticRoot:   os.Getenv("STATIC_ROOT"),
		logDirectory: os.Getenv("LOG_DIRECTORY"),
		corsOrigins:  strings.FieldsFunc(os.Getenv("CORS_ORIGINS"), func(r rune) bool { return r == ',' || r == ' ' }),
		failure:      os.Getenv("SHOP_FAILURE"),
	}
	var problems []error
	for _, name := range []string{
		"STATIC_ROOT", "ENVIRONMENT", "DEPLOYMENT_COLOR",
		"CADRART_DB_HOST", "CADRART_DB_DATABASE", "CADRART_DB_USERNAME", "CADRART_DB_PASSWORD",
	} {
		if os.Getenv(name) == "" {
			problems = append(problems, fmt.Errorf("%s is not set", name))
		}
	}
	if kind := os.Getenv("CADRART_DB_TYPE"); !slices.Contains([]string{"", "mysql", "mariadb"}, kind) {
		problems = append(problems, fmt.Errorf("CADRART_DB_TYPE is %q, not mysql or mariadb", kind))
	}
	var err error
	if s.logLevel, err = parseLevel(os.Getenv("LOG_LEVEL")); err != nil {
		problems = append(problems, err)
	}
	s.database = databaseConfig()
	return s, errors.Join(problems...)
}

func databaseConfig() *mysql.Config {
	port := os.Getenv("CADRART_DB_PORT")
	if port == "" {
		port = "3306"
	}
	config := mysql.NewConfig()
	config.Net = "tcp"
	config.Addr = net.JoinHostPort(os.Getenv("CADRART_DB_HOST"), port)
	config.DBName = os.Getenv("CADRART_DB_DATABASE")
	config.User = os.Getenv("CADRART_DB_USERNAME")
	config.Passwd = os.Getenv("CADRART_DB_PASSWORD")
	config.Collation = "utf8mb4_unicode_ci"
	config.InterpolateParams = true // one round trip a query instead of three
	config.ParseTime = true
	config.Timeout = databaseTimeout
	config.Logger = &mysql.NopLogger{} // errors reach the caller anyway
	return config
}

// parseLevel reads the levels of the real backend, which are NestJS's.
func parseLevel(name string) (slog.Level, error) {
	switch name {
	case "", "log", "info":
		return slog.LevelInfo, nil
	case "debug", "verbose":
		return slog.LevelDebug, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error", "fatal":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("LOG_LEVEL is %q, not one of error, warn, info, debug, verbose", name)
}
