package orm

import "errors"

// WasRefused reports that PostgreSQL has said no, so that nothing has changed for certain. Any
// other error may be that of an answer that was lost.
func WasRefused(err error) bool {
	var refused interface{ SQLState() string }
	if !errors.As(err, &refused) || len(refused.SQLState()) < 2 {
		return false
	}
	state := refused.SQLState()
	return state[:2] != "08" && state[:2] != "57" && state != "40003" // connection, shutdown, unknown
}
