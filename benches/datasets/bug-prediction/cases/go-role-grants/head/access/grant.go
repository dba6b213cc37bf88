// Package access decides who may do what.
package access

import "time"

// Grant gives a user a role in a department.
type Grant struct {
	User       string
	Role       string
	Department string
	// From is when the grant begins; zero if it always has.
	From time.Time
	// Until is when the grant ends; zero if it is for good.
	Until time.Time
}

// Active says whether the grant counts at that time.
func (g Grant) Active(now time.Time) bool {
	return !now.Before(g.From) && now.Before(g.Until)
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
