/**
 * Stress tests of every lock-free protocol of the engine, the transport and the broker. They use the classes that run,
 * so each lies in the package of the protocol that it tests; the argument why it holds stands in its Javadoc. What
 * Agrona and Aeron bring (ring buffers, term buffers) is tested there.
 * <p>
 * A test is as strong as the machine under it. On x86 the hardware reorders a store with a later load only, so that
 * a missing full fence shows there in the hardware, and a missing release or acquire only where the compiler makes use
 * of it; a weaker machine finds more.
 */
package io.epona.jcstress;
