package annotations

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// meant returns the option of that name, or the one that was probably meant; nil if there is none.
func meant(name string) *Spec {
	if spec := find(name); spec != nil {
		return spec
	}
	if found := candidates(name); len(found) == 1 {
		return find(string(found[0].Name))
	}
	return nil
}

// candidates returns the options that an unknown name may stand for: in another spelling, by the
// name that other tools use, by its beginning, or else with a slip of the fingers. If it returns
// several, they are equally likely.
func candidates(name string) []Spec {
	plain := dashless.Replace(strings.ToLower(name))
	alias := func(s Spec) bool { return string(s.Name) == plain || slices.Contains(s.aliases, plain) }
	if i := slices.IndexFunc(specs, alias); i >= 0 {
		return specs[i : i+1]
	}
	var found []Spec
	if len(plain) >= 3 {
		for _, s := range specs {
			if strings.HasPrefix(string(s.Name), plain) {
				found = append(found, s)
			}
		}
	}
	if len(found) > 0 || len(plain) > 20 {
		return found
	}
	all := make([]string, len(specs))
	for i, s := range specs {
		all[i] = string(s.Name)
	}
	for _, name := range Nearest(plain, all, slips(plain)) {
		found = append(found, *find(name))
	}
	return found
}

// slips is the greatest distance between a word and what was meant by it: 1, in a long word 2.
func slips(word string) int { return 1 + utf8.RuneCountInString(word)/6 }

// Closest returns the candidate that was probably meant by a word, if there is one that is closer
// than all others.
func Closest(word string, candidates []string) (string, bool) {
	found := Nearest(word, candidates, slips(word))
	if len(found) != 1 {
		return "", false
	}
	return found[0], true
}

// Nearest returns the candidates at the least distance from a word, if that is most at most. If it
// returns several, they are equally near. Capitals do not count.
func Nearest(word string, candidates []string, most int) []string {
	var found []string
	word = strings.ToLower(word)
	letters := utf8.RuneCountInString(word)
	for _, candidate := range candidates {
		if n := utf8.RuneCountInString(candidate); max(letters-n, n-letters) > most {
			continue // at least so much is to insert or to drop
		}
		switch d := distance(word, strings.ToLower(candidate)); {
		case d < most || d == most && found == nil:
			most, found = d, []string{candidate}
		case d == most:
			found = append(found, candidate)
		}
	}
	return found
}

// dashless takes out what joins words in a name.
var dashless = strings.NewReplacer("-", "", "_", "")

// distance is the least number of letters to insert, drop, change or swap with their neighbour that
// turns a into b (Damerau and Levenshtein, in the restricted form that edits no letter twice).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, row := make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := range s {
		next := make([]int, len(t)+1)
		next[0] = i + 1
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			next[j+1] = min(row[j]+cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(t)]
}

// names lists options for a message, each in the given format.
func names(list []Spec, format, sep string) string {
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = fmt.Sprintf(format, s.Name)
	}
	return strings.Join(all, sep)
}

// quote is %q for the user's words, cut after some 60 bytes.
func quote(s string) string {
	const most = 60
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return strconv.Quote(s)
}
