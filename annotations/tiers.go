package annotations

import "strings"

// Tier is a place where entries live.
type Tier string

// The tiers.
const (
	LocalTier Tier = "local" // the process
	RedisTier Tier = "redis"
	SQLTier   Tier = "sql"
	FileTier  Tier = "file"
)

var tierNames = []string{string(LocalTier), string(RedisTier), string(SQLTier), string(FileTier)}

// readTiers reads tiers=local,redis.
func readTiers(r *reader) Value {
	var few [4]reader
	pieces, _ := r.split(few[:0], ',', "tier")
	var tiers TierList
	wrong := false
	for i := range pieces {
		p := &pieces[i]
		if p.repeated() {
			continue
		}
		name, known := tierOf(p.text)
		if !known {
			wrong = true
			p.failTier(name)
			continue
		}
		tiers.List = append(tiers.List, Tier(name))
	}
	switch {
	case wrong || len(tiers.List) == 0:
		return Invalid{}
	case len(tiers.List) == 1 && tiers.List[0] == RedisTier:
		return r.fail("", "%q keeps no copy in the process, which is local=off; write that instead", "tiers=redis")
	}
	return tiers
}

// tierOf returns a tier, or else the one that was probably meant; "" if there is none.
func tierOf(text string) (name string, known bool) {
	for _, name := range tierNames {
		if text == name {
			return name, true
		}
	}
	if list := Nearest(strings.ToLower(text), tierNames, 1); len(list) == 1 {
		return list[0], false
	}
	return "", false
}

func (r *reader) failTier(meant string) {
	if meant != "" {
		r.fail(meant, "unknown tier %s; did you mean %q?", quote(r.text), meant)
		return
	}
	r.fail("", "unknown tier %s; it is local or redis, or both", quote(r.text))
}
