package io.epona.client;

import org.agrona.SystemUtil;

/**
 * Property names and defaults of the client. A property is read where a context's setter was not called.
 */
final class Configuration
{
    static final String URI_PROP = "epona.client.uri";
    static final String CLIENT_ID_PROP = "epona.client.id";
    static final String REQUEST_TIMEOUT_PROP = "epona.client.request.timeout";
    static final String CONNECT_TIMEOUT_PROP = "epona.client.connect.timeout";
    static final String MTU_PROP = "epona.client.mtu";
    static final String AERON_DIR_PROP = "epona.client.aeron.dir";
    static final String ACKS_PROP = "epona.client.acks";
    static final String ENABLE_IDEMPOTENCE_PROP = "epona.client.enable.idempotence";
    static final String DELIVERY_TIMEOUT_PROP = "epona.client.delivery.timeout";
    static final String LINGER_PROP = "epona.client.linger";
    static final String BATCH_SIZE_PROP = "epona.client.batch.size";
    static final String MAX_BATCHES_IN_FLIGHT_PROP = "epona.client.max.batches.in.flight";
    static final String AUTO_OFFSET_RESET_PROP = "epona.client.auto.offset.reset";
    static final String CHECK_CRCS_PROP = "epona.client.check.crcs";

    static final long REQUEST_TIMEOUT_DEFAULT_NS = 10_000_000_000L;
    static final long CONNECT_TIMEOUT_DEFAULT_NS = 5_000_000_000L;
    static final long DELIVERY_TIMEOUT_DEFAULT_NS = 120_000_000_000L;
    static final long LINGER_DEFAULT_NS = 1_000_000L;
    static final long MAX_LINGER_NS = 60_000_000_000L;
    /** Where an ack is a store in shared memory: two keep the broker busy, and more would only make batches smaller. */
    static final int MAX_BATCHES_IN_FLIGHT_DEFAULT = 2;
    /** Where an ack costs a datagram and is sent at most every 50 us: as many as go out meanwhile. */
    static final int MAX_BATCHES_IN_FLIGHT_UDP_DEFAULT = 16;
    static final int MAX_BATCHES_IN_FLIGHT_LIMIT = 1024;
    static final int MIN_BATCH_SIZE = 128;
    static final long MAX_TIMEOUT_NS = 3_600_000_000_000L;

    private Configuration()
    {
    }

    static long durationNs(final String property, final long defaultNs)
    {
        return SystemUtil.getDurationInNanos(property, defaultNs);
    }

    static int size(final String property, final int defaultLength)
    {
        return SystemUtil.getSizeAsInt(property, defaultLength);
    }

    static long checkTimeout(final String name, final long timeoutNs)
    {
        if (timeoutNs < 1_000_000L || timeoutNs > MAX_TIMEOUT_NS)
        {
            throw new IllegalArgumentException(name + " must be from 1 ms to 1 h: " + timeoutNs + " ns");
        }
        return timeoutNs;
    }

    static int parseAcks(final String acks)
    {
        return switch (acks)
        {
            case "0" -> 0;
            case "1", "leader" -> 1;
            case "-1", "all" -> -1;
            default -> throw new IllegalArgumentException("acks must be 0, 1, leader, -1 or all: '" + acks + "'");
        };
    }

    static void checkBatches(final int batchSize, final long lingerNs, final int maxBatchesInFlight)
    {
        if (lingerNs < 0 || lingerNs > MAX_LINGER_NS)
        {
            throw new IllegalArgumentException(LINGER_PROP + " must be from 0 to 1 min: " + lingerNs + " ns");
        }
        if (0 != batchSize && batchSize < MIN_BATCH_SIZE)
        {
            throw new IllegalArgumentException(
                BATCH_SIZE_PROP + " must be 0 or at least " + MIN_BATCH_SIZE + ": " + batchSize);
        }
        if (maxBatchesInFlight < 0 || maxBatchesInFlight > MAX_BATCHES_IN_FLIGHT_LIMIT)
        {
            throw new IllegalArgumentException(MAX_BATCHES_IN_FLIGHT_PROP + " must be from 0 to " +
                MAX_BATCHES_IN_FLIGHT_LIMIT + ": " + maxBatchesInFlight);
        }
    }
}
