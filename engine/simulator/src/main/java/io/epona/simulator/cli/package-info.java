/**
 * The command: {@link io.epona.simulator.cli.SimulatorMain}.
 */
package io.epona.simulator.cli;
