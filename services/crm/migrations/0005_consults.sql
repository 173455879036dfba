-- How a contact came about, and whether it is a consult: a colleague was asked, the customer was not on it.
ALTER TABLE contacts ADD COLUMN opened_by text, ADD COLUMN is_consult boolean;
