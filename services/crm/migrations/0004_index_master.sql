-- Each start asks whether a key was wrapped with another master key.
CREATE INDEX contact_keys_master ON contact_keys (master) WHERE wrapped IS NOT NULL;
