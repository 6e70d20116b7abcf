package codectest

import (
	"fmt"
	"time"
)

// Contact is a result as repositories return it, about 750 bytes of JSON.
type Contact struct {
	ID        string            `json:"id"`
	TenantID  string            `json:"tenant_id"`
	Name      string            `json:"name"`
	Email     string            `json:"email"`
	Phone     *string           `json:"phone"`
	Stage     Stage             `json:"stage"`
	Score     int               `json:"score"`
	Value     float64           `json:"value"`
	Active    bool              `json:"active"`
	Tags      []string          `json:"tags"`
	Address   Address           `json:"address"`
	Notes     []Remark          `json:"notes"`
	Custom    map[string]string `json:"custom"`
	CreatedAt time.Time         `json:"created_at"`
	UpdatedAt time.Time         `json:"updated_at"`
}

// Address is part of a Contact.
type Address struct {
	Street, City, Zip, Country string
	Lat, Lon                   float64
}

// Remark is part of a Contact.
type Remark struct {
	Author string
	Text   string
	At     time.Time
}

// Contacts makes n of them.
func Contacts(n int) []*Contact {
	at := time.Date(2024, 7, 14, 9, 30, 15, 123456000, time.UTC)
	out := make([]*Contact, n)
	for i := range out {
		out[i] = &Contact{
			ID: fmt.Sprintf("0190b1c2-%04d", i), TenantID: "acme", Name: fmt.Sprintf("Ada Lovelace %d", i), Email: fmt.Sprintf("ada.%d@example.com", i),
			Phone: ptr("+44 20 7946 0958"), Stage: "negotiation", Score: 87 + i, Value: 12500.75, Active: true,
			Tags:    []string{"vip", "newsletter", "berlin"},
			Address: Address{"12 St James's Square", "London", "SW1Y 4JH", "GB", 51.507351, -0.127758},
			Notes: []Remark{
				{"grace", "Called, wants the offer by Friday.", at.Add(time.Hour)},
				{"alan", "Sent the offer; follow up next week.", at.Add(48 * time.Hour)},
			},
			Custom:    map[string]string{"source": "fair", "segment": "enterprise", "language": "en"},
			CreatedAt: at, UpdatedAt: at.Add(72 * time.Hour),
		}
	}
	return out
}
