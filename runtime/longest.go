package runtime

import "time"

// longest is how long anything is kept at most: a hundred years. What is longer counts as that,
// because it means "forever" and must not overflow. The longest sum is the life of the state in
// Redis, 17/16 of the longest life of an entry and a little more. It is 3.4e18 of the 9.2e18
// nanoseconds of a time.Duration. As microseconds after the epoch, in a script, the end of the
// longest settle= is 5.0e15 of the 9.0e15 that a Lua number holds exactly.
const longest = 100 * 365 * 24 * time.Hour

// capped is a duration that is not too long to be added to.
func capped(d time.Duration) time.Duration { return min(d, longest) }
