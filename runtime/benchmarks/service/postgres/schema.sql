CREATE TABLE contacts (
	tenant_id   text        NOT NULL,
	id          text        NOT NULL,
	company_id  text        NOT NULL,
	owner_id    text        NOT NULL,
	name        text        NOT NULL,
	title       text        NOT NULL,
	email       text        NOT NULL,
	phone       text,
	stage       text        NOT NULL,
	source      text        NOT NULL,
	score       integer     NOT NULL,
	street      text        NOT NULL,
	city        text        NOT NULL,
	postal_code text        NOT NULL,
	country     text        NOT NULL,
	labels      text[]      NOT NULL,
	custom      jsonb       NOT NULL,
	notes       text        NOT NULL,
	created     timestamptz NOT NULL,
	updated     timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, id)
) WITH (autovacuum_enabled = off);
CREATE INDEX contacts_by_company ON contacts (tenant_id, company_id, name, id);

CREATE TABLE products (
	tenant_id  text        NOT NULL,
	id         text        NOT NULL,
	sku        text        NOT NULL,
	category   text        NOT NULL,
	name       text        NOT NULL,
	price      bigint      NOT NULL,
	stock      integer     NOT NULL,
	attributes jsonb       NOT NULL,
	updated    timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, id)
) WITH (autovacuum_enabled = off);
CREATE INDEX products_by_category ON products (tenant_id, category, name, id);

CREATE TABLE deals (
	tenant_id  text        NOT NULL,
	id         text        NOT NULL,
	contact_id text        NOT NULL,
	owner_id   text        NOT NULL,
	title      text        NOT NULL,
	stage      text        NOT NULL,
	amount     bigint      NOT NULL,
	expected   timestamptz NOT NULL,
	closed     timestamptz,
	updated    timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts
) WITH (autovacuum_enabled = off);
CREATE INDEX deals_by_contact ON deals (tenant_id, contact_id, expected);
CREATE INDEX deals_by_owner ON deals (tenant_id, owner_id, stage);

CREATE TABLE deal_items (
	tenant_id  text    NOT NULL,
	deal_id    text    NOT NULL,
	position   integer NOT NULL,
	product_id text    NOT NULL,
	quantity   integer NOT NULL,
	price      bigint  NOT NULL,
	PRIMARY KEY (tenant_id, deal_id, position),
	FOREIGN KEY (tenant_id, deal_id) REFERENCES deals,
	FOREIGN KEY (tenant_id, product_id) REFERENCES products
) WITH (autovacuum_enabled = off);
