package path

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/cachegen/cachegen/runtime/internal/key"
)

// Parse reads a pattern given by hand and returns its path in encoded form.
func Parse(pattern string) (path string, all bool, err error) {
	switch {
	case pattern == "":
		return "", false, errors.New(`empty; write "*" for everything`)
	case pattern == "*":
		return "", true, nil
	}
	path, all = strings.CutSuffix(pattern, ":*")
	if strings.Contains(path, "*") {
		return "", false, errors.New(`"*" stands for all that follows and can only be the last segment, as in "contact:*"`)
	}
	var encoded []byte
	for i, segment := range strings.Split(path, string(key.Separator)) {
		if i > 0 {
			encoded = append(encoded, key.Separator)
		}
		if i == 0 && segment == "" {
			return "", false, errors.New("its first segment is empty")
		}
		if p := placeholder(segment); p != "" {
			return "", false, fmt.Errorf(`%s is a placeholder of directives; write the value itself (a literal brace is %%7B)`, p)
		}
		if j := strings.IndexByte(segment, '%'); j >= 0 && key.Unescape(segment) == segment {
			return "", false, fmt.Errorf(`%q is no escape; write a percent sign as %%25`, segment[j:])
		}
		encoded = key.AppendEscaped(encoded, key.Unescape(segment))
	}
	return string(encoded), all, nil
}

// placeholder returns what a directive has in place of a value: {id}, {c.Address.City},
// {f.Stage()}. What nobody would take for one is a value like others:
// {3F2504E0-4F89-11D3-9A0C-0305E82C3301}.
func placeholder(segment string) string {
	_, rest, _ := strings.Cut(segment, "{")
	inside, _, closed := strings.Cut(rest, "}")
	if !closed {
		return ""
	}
	for name := range strings.SplitSeq(inside, ".") {
		name = strings.TrimSuffix(name, "()")
		foreign := func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
		if name == "" || unicode.IsDigit(rune(name[0])) || strings.ContainsFunc(name, foreign) {
			return ""
		}
	}
	return "{" + inside + "}"
}
