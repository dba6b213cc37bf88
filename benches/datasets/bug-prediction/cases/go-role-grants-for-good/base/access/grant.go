// Package access decides who may do what.
package access

import "time"

// Grant gives a user a role in a department.
type Grant struct {
	User       string
	Role       string
	Department string
	// Until is when the grant ends; ForGood if it does not.
	Until time.Time
}

// ForGood is the end of grants that have none.
var ForGood = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// Active says whether the grant counts at that time.
func (g Grant) Active(now time.Time) bool {
	return g.Until.IsZero() || now.Before(g.Until)
}

// May says whether one of the grants gives the role in the department.
func May(grants []Grant, role, department string, now time.Time) bool {
	for _, g := range grants {
		if g.Role == role && g.Department == department && g.Active(now) {
			return true
		}
	}
	return false
}
