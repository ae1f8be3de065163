package io.epona.client.session;

/**
 * Port of a session machine: asks any broker for the leaders of a topic's partitions. The answer comes as
 * {@code onTopic}, later, from outside of this call; where none comes the machine asks again.
 */
@FunctionalInterface
public interface MetadataLookup
{
    /**
     * @param topic name.
     * @return false where nothing could be asked now.
     */
    boolean request(String topic);
}
