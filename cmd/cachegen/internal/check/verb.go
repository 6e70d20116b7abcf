package check

import (
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// effect is what a method does to entities, judging by its name.
type effect uint8

const (
	unclear effect = iota
	creating
	removing
	changing
)

// verbs has the first words of the names of methods that write.
var verbs = func() map[string]effect {
	all := make(map[string]effect)
	for kind, words := range map[effect]string{
		creating: "create insert add new register import",
		removing: "delete remove destroy purge erase drop truncate clear",
		changing: `update upsert save set put store write replace patch edit modify change rename move merge
			archive unarchive restore assign unassign enable disable activate deactivate increment decrement`,
	} {
		for word := range strings.FieldsSeq(words) {
			all[word] = kind
		}
	}
	return all
}()

// fillers come before the verb: SoftDelete, BulkInsert.
var fillers = []string{"bulk", "batch", "mass", "multi", "soft", "hard", "force", "async", "tx"}

func Creates(name string) bool { return effectOf(name) == creating }

func Removes(name string) bool { return effectOf(name) == removing }

func effectOf(name string) effect {
	var lower [len("deactivate")]byte // the longest verb; so no name is copied to the heap
	word := verb(name)
	if len(word) > len(lower) {
		return unclear
	}
	for i := range len(word) {
		lower[i] = word[i]
		if 'A' <= word[i] && word[i] <= 'Z' {
			lower[i] |= 0x20
		}
	}
	return verbs[string(lower[:len(word)])]
}

// verb is the first word of a method's name that is not a filler.
func verb(name string) string {
	word := firstWord(name)
	rest := name[len(word):]
	if rest != "" && slices.ContainsFunc(fillers, func(filler string) bool { return strings.EqualFold(filler, word) }) {
		return firstWord(rest)
	}
	return word
}

// firstWord cuts a name where its capitals do: SetURLOfPage is Set, URL, Of, Page.
func firstWord(name string) string {
	last, size := utf8.DecodeRuneInString(name)
	for i := size; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		if unicode.IsUpper(r) {
			next, _ := utf8.DecodeRuneInString(name[i+size:])
			if !unicode.IsUpper(last) || unicode.IsLower(next) {
				return name[:i]
			}
		}
		last = r
		i += size
	}
	return name
}

// looksLikeWrite judges by the name, and by parameters and results: a method that takes nothing and
// returns data, as Store() *Disk does, is a read.
func looksLikeWrite(name string, sig *types.Signature) bool {
	if word := verb(name); effectOf(name) == unclear || strings.EqualFold(word, "new") || strings.EqualFold(word, "register") {
		return false
	}
	takes := 0
	for v := range sig.Params().Variables() {
		if !isContext(v.Type()) {
			takes++
		}
	}
	if takes > 0 {
		return true
	}
	for v := range sig.Results().Variables() {
		if b, ok := v.Type().Underlying().(*types.Basic); !isError(v.Type()) && (!ok || b.Info()&types.IsInteger == 0) {
			return false
		}
	}
	return true
}
