/**
 * What must hold in every run, checked after every event from outside: the oracle knows what no broker knows, which
 * records were committed and what every log holds. It decides nothing for a broker or a client.
 */
package io.epona.simulator.oracle;
