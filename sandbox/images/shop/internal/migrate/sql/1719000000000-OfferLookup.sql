-- Offers are found by their number at the counter.
ALTER TABLE offer ADD INDEX IDX_offer_number (number);
