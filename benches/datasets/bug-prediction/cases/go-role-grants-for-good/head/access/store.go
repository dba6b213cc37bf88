package access

import (
	"context"
	"database/sql"
)

// Store reads grants from the database.
type Store struct{ DB *sql.DB }

// GrantsOf are all grants of a user, also those that have ended.
func (s Store) GrantsOf(ctx context.Context, user string) ([]Grant, error) {
	rows, err := s.DB.QueryContext(ctx,
		`SELECT role, department, valid_from, valid_until FROM grants WHERE user_name = $1`, user)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var grants []Grant
	for rows.Next() {
		g := Grant{User: user}
		var from, until sql.NullTime
		if err := rows.Scan(&g.Role, &g.Department, &from, &until); err != nil {
			return nil, err
		}
		g.From = from.Time
		g.Until = ForGood
		if until.Valid {
			g.Until = until.Time
		}
		grants = append(grants, g)
	}
	return grants, rows.Err()
}
