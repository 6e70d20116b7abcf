package store

import _ "embed"

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
	//go:embed scripts/fill_staged.lua
	fillStagedLua string
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
	//go:embed scripts/meet.lua
	meetLua string
	//go:embed scripts/remake.lua
	remakeLua string

	prepareScript    = newScript(preludeLua + stateLua + prepareLua)
	claimScript      = newScript(preludeLua + writesLua + claimLua)
	reserveScript    = newScript(preludeLua + writesLua + reserveLua)
	renewScript      = newScript(preludeLua + renewLua)
	fillScript       = newScript(fillLua)
	fillStagedScript = newScript(fillStagedLua)
	releaseScript    = newScript(releaseLua)
	stampScript      = newScript(preludeLua + stateLua + putLua + stampLua)
	lapseScript      = newScript(preludeLua + stateLua + lapseLua)
	holdScript       = newScript(preludeLua + stateLua + holdLua)
	raiseScript      = newScript(preludeLua + stateLua + raiseLua)
	meetScript       = newScript(preludeLua + stateLua + meetLua)
	remakeScript     = newScript(preludeLua + stateLua + remakeLua)
)
