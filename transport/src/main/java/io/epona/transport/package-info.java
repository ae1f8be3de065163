/**
 * Lanes between clients and brokers, the streams and channels that carry them, and the session machines that speak
 * over them. The machines know no Aeron: they run over {@link io.epona.transport.Lane}.
 */
package io.epona.transport;
