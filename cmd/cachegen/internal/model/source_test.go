package model

import "testing"

func TestIsOutput(t *testing.T) {
	for _, c := range []struct {
		path, content string
		want          bool
	}{
		{"contacts_cachegen.go", Header + "\n\npackage p\n", true},
		{"contacts_cachegen.go", Header + "\r\n", true},
		{"contacts_cachegen.go", Header, true},
		{"contacts.go", Header + "\n", false},
		{"contacts_cachegen.go", Header + "!\n", false},
		{"contacts_cachegen.go", "package p\n" + Header + "\n", false},
		{"contacts_cachegen.go", "", true}, // left by what was interrupted
		{"contacts_cachegen.go", "\n", false},
		{"contacts.go", "", false},
		{"_cachegen.go", Header, false},
		{"/src/_cachegen.go", Header, false},
	} {
		if got := IsOutput(c.path, []byte(c.content)); got != c.want {
			t.Errorf("IsOutput(%q, %q) = %v", c.path, c.content, got)
		}
	}
}

func TestNames(t *testing.T) {
	if got := OutputPath("/src/contacts.go"); got != "/src/contacts_cachegen.go" {
		t.Errorf("OutputPath: %s", got)
	}
	if got, ok := SourcePath("/src/contacts_cachegen.go"); got != "/src/contacts.go" || !ok {
		t.Errorf("SourcePath: %s, %v", got, ok)
	}
	for repository, want := range map[string]string{"ContactRepository": "CachedContactRepository", "store": "CachedStore", "_x": "Cached_x", "Ärzte": "CachedÄrzte"} {
		if got := WrapperName(repository); got != want {
			t.Errorf("WrapperName(%s) = %s, want %s", repository, got, want)
		}
	}
}

func TestUnexported(t *testing.T) {
	for in, want := range map[string]string{
		"Get": "get", "ID": "id", "GetByID": "getByID", "HTTPGet": "httpGet", "X": "x", "get": "get", "URL2": "url2", "Übung": "übung",
	} {
		if got := Unexported(in); got != want {
			t.Errorf("%s becomes %s, want %s", in, got, want)
		}
	}
	if got := ResultsName("HTTPStore", "list"); got != "httpStoreListResults" {
		t.Errorf("ResultsName: %s", got)
	}
}
