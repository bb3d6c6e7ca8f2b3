// What every client has, and what its channel's document says of the rest.
export {};
