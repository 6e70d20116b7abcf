-- Two tenants. Both have a contact ada, a deal d1 and a product anvil, and they are not the same ones.

INSERT INTO contacts (tenant_id, id, name, company, email, phone, labels, created, updated) VALUES
	('acme',   'ada',   'Ada Lovelace',    'Analytical', 'ada@analytical.example',  '+44 20 5550100', '["vip","press"]', '2026-01-05 09:00:00', '2026-01-05 09:00:00'),
	('acme',   'alan',  'Alan Turing',     'Bombe',      'alan@bombe.example',      NULL,             '[]',              '2026-01-06 10:30:00', '2026-01-06 10:30:00'),
	('acme',   'bob',   'Bob Kahn',        'Packets',    'bob@packets.example',     NULL,             '["vip"]',         '2026-01-07 08:15:00', '2026-01-07 08:15:00'),
	('acme',   'grace', 'Grace Hopper',    'Analytical', 'grace@analytical.example', '+1 202 5550101', '["vip"]',        '2026-01-08 16:45:00', '2026-01-08 16:45:00'),
	('acme',   'joan',  'Joan Clarke',     'Bombe',      'joan@bombe.example',      NULL,             '[]',              '2026-01-09 11:00:00', '2026-01-09 11:00:00'),
	('globex', 'ada',   'Ada Yonath',      'Ribosome',   'ada@ribosome.example',    NULL,             '["science"]',     '2026-02-01 12:00:00', '2026-02-01 12:00:00'),
	('globex', 'lise',  'Lise Meitner',    'Fission',    'lise@fission.example',    '+46 8 5550102',  '[]',              '2026-02-02 12:00:00', '2026-02-02 12:00:00');

INSERT INTO deals (tenant_id, id, contact_id, title, stage, amount, items, closed) VALUES
	('acme',   'd1', 'ada',   'Anvils for the mill',  'offer', 240000, '[{"ProductID":"anvil","Quantity":8}]',                                        NULL),
	('acme',   'd2', 'alan',  'A very long tape',     'lead',   49900, '[{"ProductID":"tape","Quantity":100}]',                                       NULL),
	('acme',   'd3', 'bob',   'Rope and pulleys',     'won',    87500, '[{"ProductID":"rope","Quantity":5},{"ProductID":"pulley","Quantity":10}]', '2026-03-01 15:00:00'),
	('acme',   'd4', 'grace', 'Rockets, small',       'offer', 129900, '[{"ProductID":"rocket","Quantity":1}]',                                       NULL),
	('acme',   'd5', 'joan',  'Magnets',              'offer',  35000, '[{"ProductID":"magnet","Quantity":7}]',                                       NULL),
	('acme',   'd6', 'ada',   'Spare anvils',         'offer',  60000, '[{"ProductID":"anvil","Quantity":2}]',                                        NULL),
	('globex', 'd1', 'lise',  'A second opinion',     'lead',   15000, '[]',                                                                          NULL);

INSERT INTO products (tenant_id, id, category_id, name, price, stock, attributes, discontinued) VALUES
	('acme',   'anvil',  'tools',   'Anvil',        30000,  12, '{"weight":"50 kg","material":"iron"}', NULL),
	('acme',   'hammer', 'tools',   'Hammer',        2500,  40, '{"weight":"1 kg"}',                    NULL),
	('acme',   'magnet', 'tools',   'Magnet',        5000,   0, '{}',                                   NULL),
	('acme',   'pulley', 'tools',   'Pulley',        4500,  25, '{}',                                   NULL),
	('acme',   'rope',   'tools',   'Rope',          8500,   9, '{"length":"30 m"}',                    NULL),
	('acme',   'rocket', 'vehicle', 'Rocket',      129900,   1, '{"seats":"1"}',                        NULL),
	('acme',   'skates', 'vehicle', 'Jet skates',   19900,   0, '{}',                                   '2025-12-31 00:00:00'),
	('acme',   'tape',   'office',  'Paper tape',     499, 300, '{}',                                   NULL),
	('globex', 'anvil',  'lab',     'Anvil, small',  9900,   3, '{}',                                   NULL);

INSERT INTO categories (tenant_id, id, parent_id, name) VALUES
	('acme',   'goods',   NULL,    'Goods'),
	('acme',   'office',  NULL,    'Office'),
	('acme',   'tools',   'goods', 'Tools'),
	('acme',   'vehicle', 'goods', 'Vehicles'),
	('globex', 'lab',     NULL,    'Laboratory');

INSERT INTO settings (name, value, updated) VALUES
	('currency', 'EUR', '2026-01-01 00:00:00'),
	('vat',      '19',  '2026-01-01 00:00:00');
