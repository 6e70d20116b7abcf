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

	// Of tags.
	ruleRegisterTags
	ruleTagOfArgument
	ruleTagOfResult
	ruleTagFresh
	ruleTagApplied
	ruleTagSince
	ruleTagBeforeFill
	ruleTagStripes
	ruleTagJoin

	// Of puts.
	rulePutNotes
	rulePutReserves
	rulePutsOverlap
	rulePastWrites
	rulePutOvertaken
	rulePutFence
	rulePutTags
	rulePutTable
	rulePutFloor
	rulePutLog
	rulePutLogWhole
	rulePutAtOnce
	rulePutStamps
	rulePutDeletes
	rulePutTold
	rulePutInvalidates

	// Of loads that are claimed late.
	ruleLateStripes
	ruleLateApplied
	ruleLateLook
	ruleLateSince

	// Of questions that reads share.
	ruleShareUnsent
	ruleShareSeen

	// Of fills that follow the answer.
	rulePendingLook
	rulePendingStamp
	rulePendingClaim
	rulePendingTags
	rulePendingMay
	rulePendingGone
	rulePendingOwn

	// Added because of the model.
	ruleExactStamp
	ruleNewServer
	ruleFenceNames
	ruleLookAgain
	ruleTableAgain
	ruleDeleteStamps
	ruleTagRegression
	ruleHoldStamps
	ruleMeet
	ruleJoinState
	ruleEpoch
	ruleBelowSeen
	ruleAnewSettles

	ruleCount
)

// rules is a set of rules.
type rules [2]uint64

func of(list ...rule) (r rules) {
	for _, x := range list {
		r[x/64] |= 1 << (x % 64)
	}
	return r
}

// from is every rule from one on.
func from(first rule) (r rules) {
	for x := first; x < ruleCount; x++ {
		r = r.with(of(x))
	}
	return r
}

var (
	all   = from(0)
	added = from(ruleExactStamp)
	// The runtime does not have what these are about yet.
	planned = from(ruleShareUnsent).without(added)
)

func (r rules) has(x rule) bool       { return r[x/64]&(1<<(x%64)) != 0 }
func (r rules) with(o rules) rules    { return rules{r[0] | o[0], r[1] | o[1]} }
func (r rules) without(o rules) rules { return rules{r[0] &^ o[0], r[1] &^ o[1]} }

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
	ruleRegisterTags:    "tags are registered before a fill",
	ruleTagOfArgument:   "a read looks at the tags of its arguments",
	ruleTagOfResult:     "a read looks at the tags of an entry",
	ruleTagFresh:        "a missing table says nothing of tags",
	ruleTagApplied:      "stripes tell of tags up to what was applied",
	ruleTagSince:        "stripes tell of tags from where they begin",
	ruleTagBeforeFill:   "a fill looks at the tags of its result",
	ruleTagStripes:      "a local hit looks at the stripes of its tags",
	ruleTagJoin:         "a read with tags of results joins no begun load",
	rulePutNotes:        "a put notes the counter before its write",
	rulePutReserves:     "a put stores under its reservation only",
	rulePutsOverlap:     "of puts that overlap neither stores",
	rulePastWrites:      "loads go past a reservation",
	rulePutOvertaken:    "a put looks for what has been stamped since",
	rulePutFence:        "a put looks for fences",
	rulePutTags:         "a put looks at the tags of its entry",
	rulePutTable:        "a put notices a missing table",
	rulePutFloor:        "a put notices a new floor",
	rulePutLog:          "a late put looks at the log",
	rulePutLogWhole:     "a late put needs all of the log",
	rulePutAtOnce:       "a put looks and stamps in one script",
	rulePutStamps:       "a put stamps what it stores",
	rulePutDeletes:      "a put deletes the entries of other versions",
	rulePutTold:         "a put that is told of a version invalidates",
	rulePutInvalidates:  "a put that is refused invalidates",
	ruleLateStripes:     "a late claim looks at the stripes",
	ruleLateApplied:     "a late claim waits for the log",
	ruleLateLook:        "a late claim looks again",
	ruleLateSince:       "a late claim needs all of the log",
	ruleShareUnsent:     "a read joins no question that has been sent",
	ruleShareSeen:       "a read that joins compares what it has seen itself",
	rulePendingLook:     "a read looks before it takes a pending fill",
	rulePendingStamp:    "a pending fill answers while its stamp is valid",
	rulePendingClaim:    "a pending fill answers while its claim stands",
	rulePendingTags:     "a read looks at the tags of a pending fill",
	rulePendingMay:      "a pending fill answers after the look at its tags",
	rulePendingGone:     "a pending fill takes no claim again",
	rulePendingOwn:      "an invalidation that waits hides pending fills",
	ruleExactStamp:      "an exact invalidation stamps its path, too",
	ruleNewServer:       "a script on another server makes a new floor",
	ruleFenceNames:      "a fence knows its writers by name",
	ruleLookAgain:       "a later stamp means looking for fences again",
	ruleTableAgain:      "the table is read again after the record",
	ruleDeleteStamps:    "one server deletes and stamps in one script",
	ruleTagRegression:   "tags are not read from an older state",
	ruleHoldStamps:      "a fence that is opened again stamps",
	ruleMeet:            "a server is met before it is believed",
	ruleJoinState:       "a read that finds no state joins no begun load",
	ruleEpoch:           "what another record had is void",
	ruleAnewSettles:     "what is made anew settles",
	ruleBelowSeen:       "a stamp below what was seen voids copies",
}
