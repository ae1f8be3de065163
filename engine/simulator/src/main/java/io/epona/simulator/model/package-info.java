/**
 * Small abstract models of the parts of the protocol that no sample of runs proves, walked through exhaustively: every
 * order of every step within a bound.
 */
package io.epona.simulator.model;
