package io.epona.engine.node;

/**
 * Receives a producer id, in a later duty cycle.
 */
@FunctionalInterface
public interface ProducerIdHandler
{
    /**
     * @param producerId that was never given out before, or a negative result code.
     */
    void onProducerId(long producerId);
}
