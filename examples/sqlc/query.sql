-- name: GetContact :one
-- GetContact returns the contact, or sql.ErrNoRows, which counts as not found.
--cache:ttl=10m prefix=contact tenant={arg.TenantID} notfound=30s
SELECT * FROM contacts WHERE tenant_id = sqlc.arg(tenant_id) AND id = sqlc.arg(id);

-- name: GetContacts :many
--cache:ttl=10m prefix=contact tenant={arg.TenantID} batch={arg.Ids} by={result.ID}
SELECT * FROM contacts WHERE tenant_id = sqlc.arg(tenant_id) AND id IN (sqlc.slice(ids));

-- name: ContactsInCity :many
--cache:ttl=10m prefix=contact:city tenant={arg.TenantID} tags=contact:{result.ID}
SELECT * FROM contacts WHERE tenant_id = sqlc.arg(tenant_id) AND city = sqlc.arg(city) ORDER BY name;

-- name: CountContacts :one
--cache:ttl=10m prefix=contact:count tenant={tenantID}
SELECT count(*) FROM contacts WHERE tenant_id = ?;

-- name: CreateContact :exec
--cache:invalidate=contact:{arg.ID},contact:city:{arg.City},contact:count:* tenant={arg.TenantID}
INSERT INTO contacts (tenant_id, id, name, city) VALUES (?, ?, ?, ?);

-- name: RenameContact :exec
--cache:invalidate=contact:{arg.ID} tenant={arg.TenantID}
UPDATE contacts SET name = sqlc.arg(name) WHERE tenant_id = sqlc.arg(tenant_id) AND id = sqlc.arg(id);
