package store

import (
	_ "embed"

	"github.com/redis/go-redis/v9"
)

// Scripts share functions by having them prepended.
var (
	//go:embed scripts/prelude.lua
	preludeLua string
	//go:embed scripts/state.lua
	stateLua string
	//go:embed scripts/prepare.lua
	prepareLua string
	//go:embed scripts/claim.lua
	claimLua string
	//go:embed scripts/renew.lua
	renewLua string
	//go:embed scripts/writes.lua
	writesLua string
	//go:embed scripts/reserve.lua
	reserveLua string
	//go:embed scripts/put.lua
	putLua string
	//go:embed scripts/fill.lua
	fillLua string
	//go:embed scripts/release.lua
	releaseLua string
	//go:embed scripts/stamp.lua
	stampLua string
	//go:embed scripts/lapse.lua
	lapseLua string
	//go:embed scripts/hold.lua
	holdLua string
	//go:embed scripts/raise.lua
	raiseLua string

	prepareScript = redis.NewScript(preludeLua + stateLua + prepareLua)
	claimScript   = redis.NewScript(preludeLua + writesLua + claimLua)
	reserveScript = redis.NewScript(preludeLua + writesLua + reserveLua)
	renewScript   = redis.NewScript(preludeLua + renewLua)
	fillScript    = redis.NewScript(fillLua)
	releaseScript = redis.NewScript(releaseLua)
	stampScript   = redis.NewScript(preludeLua + stateLua + putLua + stampLua)
	lapseScript   = redis.NewScript(preludeLua + stateLua + lapseLua)
	holdScript    = redis.NewScript(preludeLua + stateLua + holdLua)
	raiseScript   = redis.NewScript(preludeLua + stateLua + raiseLua)
)
