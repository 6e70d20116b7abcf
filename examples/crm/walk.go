package main

import (
	"context"

	"github.com/cachegen/cachegen/examples/crm/crm"
)

// walk calls the repositories as a server would, and reports each call.
func walk(ctx context.Context, repos repositories, r *report) error {
	acme := crm.WithTenant(ctx, "acme")
	globex := crm.WithTenant(ctx, "globex")

	contacts := repos.contacts
	r.heading("acme reads a contact twice: the second answer comes from the cache")
	ada, err := contacts.Get(acme, "ada")
	r.row("Contacts.Get ada", ada, err)
	ada, err = contacts.Get(acme, "ada")
	r.row("Contacts.Get ada", ada, err)
	list, err := contacts.List(acme, crm.ContactFilter{}, 1)
	r.row("Contacts.List", list, err)

	r.heading("globex has another ada, under another key")
	other, err := contacts.Get(globex, "ada")
	r.row("Contacts.Get ada", other, err)

	r.heading("An update drops the contact and acme's lists, and nothing of globex")
	if ada != nil {
		ada.Name = "Ada King"
		r.row("Contacts.Update ada", nil, contacts.Update(acme, ada))
	}
	ada, err = contacts.Get(acme, "ada")
	r.row("Contacts.Get ada", ada, err)
	list, err = contacts.List(acme, crm.ContactFilter{}, 1)
	r.row("Contacts.List", list, err)
	other, err = contacts.Get(globex, "ada")
	r.row("Contacts.Get ada", other, err)

	r.heading("Many contacts are as many entries: ada is there already, one query brings the others")
	some, err := contacts.GetMany(acme, []string{"ada", "alan", "joan"})
	r.row("Contacts.GetMany", some, err)
	alan, err := contacts.Get(acme, "alan")
	r.row("Contacts.Get alan", alan, err)

	r.heading("A list with tags is stale when a contact in it changes, and not when another does")
	newest, err := contacts.Newest(acme, 2)
	r.row("Contacts.Newest 2", newest, err)
	if alan != nil {
		r.row("Contacts.Update alan", nil, contacts.Update(acme, alan))
	}
	newest, err = contacts.Newest(acme, 2)
	r.row("Contacts.Newest 2", newest, err)
	if joan := some["joan"]; joan != nil {
		r.row("Contacts.Update joan", nil, contacts.Update(acme, joan))
	}
	newest, err = contacts.Newest(acme, 2)
	r.row("Contacts.Newest 2", newest, err)

	r.heading("Not found is an answer too (notfound=30s), until somebody creates the contact")
	nina, err := contacts.Get(acme, "nina")
	r.row("Contacts.Get nina", nina, err)
	nina, err = contacts.Get(acme, "nina")
	r.row("Contacts.Get nina", nina, err)
	r.row("Contacts.Create nina", nil, contacts.Create(acme, &crm.Contact{ID: "nina", Name: "Nina Simone"}))
	nina, err = contacts.Get(acme, "nina")
	r.row("Contacts.Get nina", nina, err)

	products := repos.products
	r.heading("A list has an entry for each filter and page")
	tools := crm.ProductFilter{CategoryID: "tools"}
	shelf, err := products.List(acme, tools, 1)
	r.row("Products.List tools", shelf, err)
	shelf, err = products.List(acme, tools, 2)
	r.row("Products.List page 2", shelf, err)
	tools.MaxPrice = new(crm.Cents(50_00))
	shelf, err = products.List(acme, tools, 1)
	r.row("Products.List cheap", shelf, err)
	shelf, err = products.List(acme, tools, 1)
	r.row("Products.List cheap", shelf, err)

	r.heading("With a new price all of acme's product lists are stale, the other products are not")
	hammer, err := products.Get(acme, "hammer")
	r.row("Products.Get hammer", hammer, err)
	r.row("Products.SetPrice", nil, products.SetPrice(acme, "rope", 49_00))
	shelf, err = products.List(acme, tools, 1)
	r.row("Products.List cheap", shelf, err)
	hammer, err = products.Get(acme, "hammer")
	r.row("Products.Get hammer", hammer, err)

	deals := repos.deals
	r.heading("Moving a deal drops the sums of the pipeline as well, and stores the deal")
	pipeline, err := deals.Pipeline(acme)
	r.row("Deals.Pipeline", pipeline, err)
	pipeline, err = deals.Pipeline(acme)
	r.row("Deals.Pipeline", pipeline, err)
	offers, err := deals.List(acme, crm.DealFilter{Stage: crm.Offer, ContactID: "ada"}, 1)
	r.row("Deals.List offers", offers, err)
	deal, err := deals.Move(acme, "d1", crm.Won)
	r.row("Deals.Move d1 won", deal, err)
	deal, err = deals.Get(acme, "d1")
	r.row("Deals.Get d1", deal, err)
	pipeline, err = deals.Pipeline(acme)
	r.row("Deals.Pipeline", pipeline, err)
	offers, err = deals.List(acme, crm.DealFilter{Stage: crm.Offer, ContactID: "ada"}, 1)
	r.row("Deals.List offers", offers, err)

	categories := repos.categories
	r.heading("Categories are kept for a day; a nil parent has a key of its own")
	top, err := categories.Children(acme, nil)
	r.row("Categories.Children", top, err)
	under, err := categories.Children(acme, new("goods"))
	r.row("Categories.Children", under, err)
	r.row("Categories.Rename", nil, categories.Rename(acme, "tools", "Hardware"))
	under, err = categories.Children(acme, new("goods"))
	r.row("Categories.Children", under, err)

	settings := repos.settings
	r.heading("Settings are global: what acme has read, globex gets from the cache")
	r.row("globex: Settings.Set", nil, settings.Set(globex, "currency", "EUR"))
	currency, err := settings.Get(acme, "currency")
	r.row("acme: Settings.Get", currency, err)
	currency, err = settings.Get(globex, "currency")
	r.row("globex: Settings.Get", currency, err)
	r.row("globex: Settings.Set", nil, settings.Set(globex, "currency", "CHF"))
	currency, err = settings.Get(acme, "currency")
	r.row("acme: Settings.Get", currency, err)

	return r.err
}
