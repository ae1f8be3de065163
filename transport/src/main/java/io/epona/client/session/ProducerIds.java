package io.epona.client.session;

/**
 * Port of a {@link ProducerMachine}: allocation of producer ids. The answer comes as
 * {@link ProducerMachine#onProducerId}, later, from outside of this call; where none comes the machine asks again.
 */
@FunctionalInterface
public interface ProducerIds
{
    /**
     * @return false where nothing could be asked now.
     */
    boolean request();
}
