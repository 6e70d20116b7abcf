//go:build !linux

package redistest

import "syscall"

// dieWithParent is for Linux; elsewhere a server can outlive a test binary that is killed.
func dieWithParent() *syscall.SysProcAttr { return nil }
