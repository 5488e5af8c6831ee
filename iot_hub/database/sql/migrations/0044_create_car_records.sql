-- What a car's owner writes down by hand: fuel bought, the price of electricity, and what is due when.

CREATE TABLE iot_personal_hub.refuels (
    device_id    integer          NOT NULL,
    id           integer          NOT NULL GENERATED ALWAYS AS IDENTITY,
    refuelled_at timestamptz      NOT NULL,
    litres       double precision NOT NULL,
    odometer_km  double precision,
    cost         numeric(12, 2),
    is_full      boolean          NOT NULL DEFAULT true,
    note         text,
    made_at      timestamptz      NOT NULL DEFAULT now(),
    removed_at   timestamptz,
    CONSTRAINT refuels_pkey PRIMARY KEY (device_id, id),
    CONSTRAINT refuels_litres_are_of_a_tank CHECK (litres > 0 AND litres <= 5000),
    CONSTRAINT refuels_odometer_is_no_glitch CHECK (odometer_km >= 0 AND odometer_km <= 100000000),
    CONSTRAINT refuels_cost_is_not_negative CHECK (cost >= 0),
    CONSTRAINT refuels_note_is_short CHECK (length(note) <= 200)
);
COMMENT ON TABLE iot_personal_hub.refuels IS
    'One row per time that the owner has refuelled a car, removed ones too.';
COMMENT ON COLUMN iot_personal_hub.refuels.cost IS
    'What was paid, in the currency of the hub''s settings. NULL: unknown.';
COMMENT ON COLUMN iot_personal_hub.refuels.is_full IS
    'Whether the tank was full afterwards: consumption is known from one full tank to the next.';
COMMENT ON COLUMN iot_personal_hub.refuels.removed_at IS
    'When the owner has removed it. NULL: it counts.';

CREATE TABLE iot_personal_hub.electricity_prices (
    id            integer        NOT NULL GENERATED ALWAYS AS IDENTITY,
    place_id      integer,
    since         timestamptz    NOT NULL,
    price_per_kWh numeric(12, 4) NOT NULL,
    made_at       timestamptz    NOT NULL DEFAULT now(),
    removed_at    timestamptz,
    CONSTRAINT electricity_prices_pkey PRIMARY KEY (id),
    CONSTRAINT electricity_prices_price_is_not_negative CHECK (price_per_kWh >= 0),
    CONSTRAINT electricity_prices_place_fkey FOREIGN KEY (place_id)
        REFERENCES iot_personal_hub.places (id) ON DELETE CASCADE
);
COMMENT ON TABLE iot_personal_hub.electricity_prices IS
    'One row per price of electricity, from an instant on, at a place of the address book or wherever no other holds.';
CREATE INDEX electricity_prices_place_idx ON iot_personal_hub.electricity_prices (place_id) WHERE place_id IS NOT NULL;
COMMENT ON COLUMN iot_personal_hub.electricity_prices.place_id IS
    'The place of the address book where it holds. NULL: anywhere else.';
COMMENT ON COLUMN iot_personal_hub.electricity_prices.removed_at IS
    'When the owner has removed it. NULL: it holds.';

CREATE TABLE iot_personal_hub.service_reminders (
    device_id    integer          NOT NULL,
    id           integer          NOT NULL GENERATED ALWAYS AS IDENTITY,
    name         text             NOT NULL,
    every_km     double precision,
    every_months integer,
    done_on      date             NOT NULL,
    done_at_km   double precision,
    made_at      timestamptz      NOT NULL DEFAULT now(),
    removed_at   timestamptz,
    CONSTRAINT service_reminders_pkey PRIMARY KEY (device_id, id),
    CONSTRAINT service_reminders_name_is_given CHECK (btrim(name) <> '' AND length(name) <= 100),
    CONSTRAINT service_reminders_has_an_interval CHECK (every_km IS NOT NULL OR every_months IS NOT NULL),
    CONSTRAINT service_reminders_every_km_is_forward CHECK (every_km > 0 AND every_km <= 1000000),
    CONSTRAINT service_reminders_every_months_is_forward CHECK (every_months BETWEEN 1 AND 600),
    -- NaN is above every number.
    CONSTRAINT service_reminders_odometer_is_no_glitch CHECK (done_at_km >= 0 AND done_at_km <= 100000000),
    CONSTRAINT service_reminders_counts_from_somewhere CHECK (every_km IS NULL OR done_at_km IS NOT NULL)
);
COMMENT ON TABLE iot_personal_hub.service_reminders IS
    'One row per service of a car that is due again after a distance or a time, whichever is first.';
COMMENT ON COLUMN iot_personal_hub.service_reminders.done_on IS
    'The day on which it was last done, in the owner''s time zone.';
COMMENT ON COLUMN iot_personal_hub.service_reminders.done_at_km IS
    'What the odometer showed then. NULL: it is due by date alone.';
COMMENT ON COLUMN iot_personal_hub.service_reminders.removed_at IS
    'When the owner has removed it. NULL: it reminds.';
