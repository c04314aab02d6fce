package migrate

import (
	"strings"
	"testing"
)

func TestReleasesCarryTheirMigrations(t *testing.T) {
	for release, want := range map[string]int{
		"1.0.0": 2, "1.1.0": 2, "1.10.0": 2, "2.0.0": 3, "10.0.0": 3, "broken-crash": 2, "2": 2, "": 2,
	} {
		if got := len(For(release)); got != want {
			t.Errorf("release %q carries %d migrations, want %d", release, got, want)
		}
	}
}

func TestMigrationsAreInOrderAndNamedAfterTheirTimestamp(t *testing.T) {
	var last int64
	for _, migration := range all {
		if migration.Timestamp <= last {
			t.Errorf("%s does not come after the one before it", migration.Name)
		}
		last = migration.Timestamp
		digits := migration.Name[len(migration.Name)-13:]
		if !strings.HasPrefix(migration.file, digits+"-") {
			t.Errorf("%s is read from %s", migration.Name, migration.file)
		}
	}
}

func TestEveryMigrationCanBeRunAgain(t *testing.T) {
	for _, migration := range all {
		text, err := files.ReadFile("sql/" + migration.file)
		if err != nil {
			t.Fatal(err)
		}
		found := statements(string(text))
		if len(found) == 0 {
			t.Errorf("%s has no statement", migration.Name)
		}
		for _, statement := range found {
			if migration.done == "" && !strings.HasPrefix(statement, "CREATE TABLE IF NOT EXISTS") {
				t.Errorf("%s: %q fails when run again", migration.Name, statement)
			}
		}
		if migration.done != "" && len(found) != 1 {
			t.Errorf("%s: its check covers one statement, it has %d", migration.Name, len(found))
		}
	}
}

func TestStatementsKeepSemicolonsInsideALine(t *testing.T) {
	got := statements("-- a; comment\nSELECT ';' AS a;\n\nSELECT 2;\n")
	if len(got) != 2 || got[0] != "SELECT ';' AS a" || got[1] != "SELECT 2" {
		t.Errorf("%q", got)
	}
}
