/**
 * The broker: agents that join the engine's core with Aeron, and the command line.
 */
package io.epona.broker;
