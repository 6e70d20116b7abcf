-- Both databases take this file. Every row but a setting belongs to a tenant, and every key begins with it.

DROP TABLE IF EXISTS contacts;
CREATE TABLE contacts (
	tenant_id TEXT      NOT NULL,
	id        TEXT      NOT NULL,
	name      TEXT      NOT NULL,
	company   TEXT      NOT NULL,
	email     TEXT      NOT NULL,
	phone     TEXT,
	labels    TEXT      NOT NULL, -- JSON
	created   TIMESTAMP NOT NULL,
	updated   TIMESTAMP NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX contacts_by_company ON contacts (tenant_id, company);

DROP TABLE IF EXISTS deals;
CREATE TABLE deals (
	tenant_id  TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	contact_id TEXT   NOT NULL,
	title      TEXT   NOT NULL,
	stage      TEXT   NOT NULL,
	amount     BIGINT NOT NULL,
	items      TEXT   NOT NULL, -- JSON
	closed     TIMESTAMP,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX deals_by_stage ON deals (tenant_id, stage);

DROP TABLE IF EXISTS products;
CREATE TABLE products (
	tenant_id    TEXT    NOT NULL,
	id           TEXT    NOT NULL,
	category_id  TEXT    NOT NULL,
	name         TEXT    NOT NULL,
	price        BIGINT  NOT NULL,
	stock        INTEGER NOT NULL,
	attributes   TEXT    NOT NULL, -- JSON
	discontinued TIMESTAMP,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX products_by_category ON products (tenant_id, category_id);

DROP TABLE IF EXISTS categories;
CREATE TABLE categories (
	tenant_id TEXT NOT NULL,
	id        TEXT NOT NULL,
	parent_id TEXT,
	name      TEXT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

DROP TABLE IF EXISTS settings;
CREATE TABLE settings (
	name    TEXT      NOT NULL PRIMARY KEY,
	value   TEXT      NOT NULL,
	updated TIMESTAMP NOT NULL
);
