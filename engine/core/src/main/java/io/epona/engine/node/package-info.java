/**
 * A broker of a cluster, without its wire to clients: what it knows of the cluster, what it asks of it, which logs it
 * keeps, and the composition of all parts. The same classes run in a broker and in a simulator.
 */
package io.epona.engine.node;
