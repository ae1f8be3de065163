/**
 * The client library: {@link io.epona.client.EponaClient} gives {@link io.epona.client.Producer},
 * {@link io.epona.client.Consumer} and {@link io.epona.client.Admin} over UDP, shared memory, or inside one JVM.
 */
package io.epona.client;
