package io.epona.broker.replication;

import java.util.Objects;

/**
 * How a broker reaches the others, and is reached. Immutable.
 *
 * @param brokerId of this broker.
 * @param host     address to bind.
 * @param port     first port of this broker: data is heard on it plus 3, control on it plus 4.
 * @param shard    of this broker that the streams lead to.
 * @param sizes    of terms, windows and messages.
 */
public record LinkSettings(int brokerId, String host, int port, int shard, LinkSizes sizes)
{
    /**
     * Check what can be checked here.
     */
    public LinkSettings
    {
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(sizes, "sizes");
        if (brokerId < 0)
        {
            throw new IllegalArgumentException("broker id must not be negative: " + brokerId);
        }
    }
}
