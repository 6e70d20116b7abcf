-- name: GetContact :one
SELECT * FROM contacts WHERE id = ?;

-- name: ContactsInCity :many
SELECT * FROM contacts WHERE city = ? ORDER BY name;

-- name: CreateContact :exec
INSERT INTO contacts (id, name, city) VALUES (?, ?, ?);

-- name: RenameContact :exec
UPDATE contacts SET name = ? WHERE id = ?;
