/**
 * What load is sent through: the polling driver interface and its implementations.
 */
package io.epona.loadgen.driver;
