CREATE TABLE contacts (
    tenant_id TEXT NOT NULL,
    id        TEXT NOT NULL,
    name      TEXT NOT NULL,
    city      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
