package check

import (
	"strconv"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
)

// proposer proposes keys that no other read can have, neither one that stays as it is nor one that
// another proposal is about.
type proposer struct {
	*checker
	taken []takenKey
	index paths.Index[int]
	words map[*Site]string // of each proposal, the literal segment
}

// takenKey is the key of a read, or what has been proposed for it.
type takenKey struct {
	read *model.Read
	path paths.Path
}

// take notes that a read has keys of a path.
func (p *proposer) take(r *Site, path paths.Path) {
	p.index.Add(path, len(p.taken))
	p.taken = append(p.taken, takenKey{r.Model.Read, path})
}

// free reports whether a read could have keys of a path.
func (p *proposer) free(r *Site, path paths.Path) bool {
	read := r.Model.Read
	for _, i := range p.index.Meeting(path, nil) {
		if t := p.taken[i]; t.read.Version == read.Version && paths.SameTenants(t.read.Tenant, read.Tenant) {
			return false
		}
	}
	return true
}

// propose proposes a key with a literal segment in front, and the fix that writes it. Where keys of
// any length are taken, no such key is free, and it proposes a prefix, as where a parameter has no
// name that a key could say. A batch gets the word of the read that it shares its entries with.
func (p *proposer) propose(r, with *Site) (advice, fix string) {
	words := candidateWords(r)
	if word, ok := p.words[with]; ok {
		words = []string{word}
	}
	read := r.Model.Read
	for _, word := range words {
		if !keyHasNames(r) {
			break
		}
		literal := []model.Segment{{Before: word}}
		path := p.encodings.Path(read.Prefix, append(literal, read.Key...), false)
		if _, follows := p.words[with]; follows || p.free(r, path) {
			p.take(r, path)
			p.words[r] = word
			key := "key=" + quotedValue(keyText(r, word))
			return "add a literal segment, for example " + key, r.keyFix(key)
		}
	}
	for n := 1; ; n++ { // a first segment that no read has yet is found in the end
		prefix := strings.ReplaceAll(read.Prefix, ":", "-") + "-" + words[min(n, len(words))-1]
		if n > len(words) {
			prefix += strconv.Itoa(n)
		}
		if path := p.encodings.Path(prefix, read.Key, false); p.free(r, path) {
			p.take(r, path)
			return "use another prefix, for example prefix=" + quotedValue(prefix), ""
		}
	}
}

// candidateWords are literal segments that may keep the keys of a read apart from others: the
// parameter's name, as in email:{email}, the method's, and that of the repository with it.
func candidateWords(r *Site) []string {
	method := strings.ToLower(r.method.name())
	words := []string{method, strings.ToLower(r.method.decl.Name) + "-" + method}
	if key := r.Model.Read.Key; len(key) == 1 && key[0].Value != nil && len(key[0].Value.Steps) == 0 {
		if name := r.method.sig.Params().At(key[0].Value.Root.Index).Name(); name != "" && name != "_" {
			words = append([]string{name}, words...)
		}
	}
	return words
}

// keyHasNames reports whether all parameters in the key of a read have names.
func keyHasNames(r *Site) bool {
	for _, segment := range r.Model.Read.Key {
		if v := segment.Value; v != nil {
			if name := r.method.sig.Params().At(v.Root.Index).Name(); name == "" || name == "_" {
				return false
			}
		}
	}
	return true
}

// keyText is the key of a read with a literal segment in front.
func keyText(r *Site, word string) string {
	var parts []string
	if word != "" {
		parts = append(parts, word)
	}
	for _, segment := range r.Model.Read.Key {
		text := segment.Before
		if v := segment.Value; v != nil {
			text += "{" + Expression(r.method.sig.Params().At(v.Root.Index).Name(), v.Steps) + "}"
		}
		parts = append(parts, text+segment.After)
	}
	return strings.Join(parts, ":")
}

// keyFix is what stands in place of the KeySpan of a read that is given a key.
func (s *Site) keyFix(key string) string {
	own := s.method.options.own
	for _, name := range []annotations.Name{annotations.Key, annotations.Prefix} {
		if o, ok := own.Find(name); ok {
			if name == annotations.Key {
				return key
			}
			return own.text(o.Span) + " " + key
		}
	}
	first := s.method.options.own.lines[0].Text
	if strings.Contains(first, " // ") {
		return "" // it would stand in the remark
	}
	return first + " " + key
}

// quotedValue is the value of an option as a directive writes it.
func quotedValue(text string) string {
	if strings.ContainsAny(text, " \t") {
		return strconv.Quote(text)
	}
	return text
}
