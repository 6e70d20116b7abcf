package protocol

// rule is a rule of the protocol that the model can do without.
type rule uint8

const (
	ruleStampFirst rule = iota
	ruleFillClaimed
	ruleDeleteClaim
	ruleDeleteFirst
	ruleMissingTable
	ruleMissingRecord
	ruleClock
	ruleRegister
	ruleTold
	ruleClaimValid
	ruleJoin

	// Of local copies.
	ruleStripes
	ruleOwnStripes
	ruleCopyApplied
	ruleLease
	ruleLeaseFromAsking
	ruleFollowAnew
	ruleFloorEmpties
	ruleGap
	ruleSilence

	// Of a server that has forgotten something.
	ruleRegression
	ruleFork

	// Of fences.
	ruleOpenStamps
	ruleFenceRefuses
	ruleCloseStamps
	ruleLapseStamps
	ruleRecordFirst

	// Added because of the model.
	ruleExactStamp
	ruleNewServer
	ruleFenceNames
	ruleLookAgain
	ruleTableAgain

	ruleCount
)

type rules uint64

const (
	all   rules = 1<<ruleCount - 1
	added rules = 1<<ruleExactStamp | 1<<ruleNewServer | 1<<ruleFenceNames | 1<<ruleLookAgain | 1<<ruleTableAgain
)

func (r rules) has(x rule) bool { return r&(1<<x) != 0 }

var ruleNames = [ruleCount]string{
	ruleStampFirst:      "a load takes its stamp before it begins",
	ruleFillClaimed:     "a fill needs the claim of its load",
	ruleDeleteClaim:     "an exact invalidation deletes claims too",
	ruleDeleteFirst:     "an exact invalidation deletes, then stamps",
	ruleMissingTable:    "a missing table is stamped as a whole",
	ruleMissingRecord:   "a missing record has a new floor",
	ruleClock:           "numbers follow the clock",
	ruleRegister:        "a version is registered before a fill",
	ruleTold:            "a version that a writer is told of is deleted",
	ruleClaimValid:      "a claim with an old stamp holds nothing",
	ruleJoin:            "a read joins no load from before an invalidation",
	ruleStripes:         "a local hit looks at the stripes",
	ruleOwnStripes:      "a writer raises its own stripes",
	ruleCopyApplied:     "a copy of an entry carries what was applied",
	ruleLease:           "a local hit needs a lease",
	ruleLeaseFromAsking: "a lease counts from the question",
	ruleFollowAnew:      "who begins to follow voids older copies",
	ruleFloorEmpties:    "a new floor voids older copies",
	ruleGap:             "a gap between two messages voids older copies",
	ruleSilence:         "a log that is behind the record voids copies",
	ruleRegression:      "a counter that goes back raises the floor",
	ruleFork:            "a message that forks the log raises the floor",
	ruleOpenStamps:      "opening a fence stamps",
	ruleFenceRefuses:    "behind a fence nothing is stored or answered",
	ruleCloseStamps:     "closing a fence stamps",
	ruleLapseStamps:     "a fence that lapses is stamped",
	ruleRecordFirst:     "the record is read before the table",
	ruleExactStamp:      "an exact invalidation stamps its path, too",
	ruleNewServer:       "a script on another server makes a new floor",
	ruleFenceNames:      "a fence knows its writers by name",
	ruleLookAgain:       "a later stamp means looking for fences again",
	ruleTableAgain:      "the table is read again after the record",
}
