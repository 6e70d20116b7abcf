package rule

import "testing"

// TestOneRulePerID: findings name rules by ID, so two with one ID are a mistake of ours.
func TestOneRulePerID(t *testing.T) {
	before := len(All())
	New("rule-of-a-test", "%s")
	t.Cleanup(func() { all = all[:before] })
	defer func() {
		if recover() == nil {
			t.Error("a second rule of that ID was declared")
		}
	}()
	NewWarning("rule-of-a-test", "%s")
}

func TestFirstFew(t *testing.T) {
	list := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	if got := FirstFew(list); got != "a, b, c, d, e, f, g, h" {
		t.Errorf("eight are %s", got)
	}
	if got := FirstFew(append(list, "i")); got != "a, b, c, d, e, f, g, h, ..." {
		t.Errorf("nine are %s", got)
	}
}
