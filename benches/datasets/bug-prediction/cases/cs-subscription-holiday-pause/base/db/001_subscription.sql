create table subscription (
    id     serial primary key,
    reader text not null,
    state  smallint not null default 0
);
create index subscription_running on subscription (id) where state < 2;
