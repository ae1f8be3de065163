package io.epona.client.session;

/**
 * Settings of a {@link ProducerMachine} and its ports. To be set before the machine is made.
 */
public final class ProducerContext
{
    /** Batches of a producer that a log remembers: with more in flight a retry could not be told from a new batch. */
    public static final int IN_FLIGHT_MAX = 32;

    ProduceLanes lanes;
    MetadataLookup metadata;
    ProducerIds producerIds;
    ProduceListener listener;
    byte acks = -1;
    boolean isIdempotent = true;
    int maxInFlight = IN_FLIGHT_MAX;
    int maxBatchesUnacked = 2;
    int batchLength = 8 * 1024;
    int maxBatchLength = 128 * 1024;
    long lingerNs = 1_000_000L;
    long requestTimeoutNs = 3_000_000_000L;
    long deliveryTimeoutNs = 30_000_000_000L;
    long retryBackoffNs = 50_000_000L;
    long retryBackoffMaxNs = 1_000_000_000L;
    long metadataPauseNs = 50_000_000L;
    long stallNs = 250_000_000L;

    /**
     * @param lanes to the brokers.
     * @return this.
     */
    public ProducerContext lanes(final ProduceLanes lanes)
    {
        this.lanes = lanes;
        return this;
    }

    /**
     * @param metadata asks for leaders.
     * @return this.
     */
    public ProducerContext metadata(final MetadataLookup metadata)
    {
        this.metadata = metadata;
        return this;
    }

    /**
     * @param producerIds gives producer ids; needed where the producer is idempotent.
     * @return this.
     */
    public ProducerContext producerIds(final ProducerIds producerIds)
    {
        this.producerIds = producerIds;
        return this;
    }

    /**
     * @param listener told what became of the records.
     * @return this.
     */
    public ProducerContext listener(final ProduceListener listener)
    {
        this.listener = listener;
        return this;
    }

    /**
     * @param acks 0 for none, 1 for the leader's, -1 for all in-sync replicas', which is the default.
     * @return this.
     */
    public ProducerContext acks(final int acks)
    {
        this.acks = (byte)acks;
        return this;
    }

    /**
     * Whether each record is written once and in order whatever is sent again: the default. Needs acks -1. Without it
     * one batch of a partition is in flight at a time, which keeps the order, and a batch whose answer was lost may be
     * written twice.
     *
     * @param isIdempotent true for producer ids and sequences.
     * @return this.
     */
    public ProducerContext idempotent(final boolean isIdempotent)
    {
        this.isIdempotent = isIdempotent;
        return this;
    }

    /**
     * @param maxInFlight un-acked batches of one partition, 1 to {@link #IN_FLIGHT_MAX}; 1 without idempotence.
     * @return this.
     */
    public ProducerContext maxInFlight(final int maxInFlight)
    {
        this.maxInFlight = maxInFlight;
        return this;
    }

    /**
     * @param maxBatchesUnacked un-acked batches of a lane up to which a record goes at once, at least 1.
     * @return this.
     */
    public ProducerContext maxBatchesUnacked(final int maxBatchesUnacked)
    {
        this.maxBatchesUnacked = maxBatchesUnacked;
        return this;
    }

    /**
     * @param batchLength bytes up to which records are gathered in a batch, header included.
     * @return this.
     */
    public ProducerContext batchLength(final int batchLength)
    {
        this.batchLength = batchLength;
        return this;
    }

    /**
     * @param maxBatchLength most bytes of a batch that the brokers take, header included.
     * @return this.
     */
    public ProducerContext maxBatchLength(final int maxBatchLength)
    {
        this.maxBatchLength = maxBatchLength;
        return this;
    }

    /**
     * @param lingerNs longest time that a batch is held open while acks are awaited.
     * @return this.
     */
    public ProducerContext lingerNs(final long lingerNs)
    {
        this.lingerNs = lingerNs;
        return this;
    }

    /**
     * @param requestTimeoutNs after which an unanswered batch is sent again.
     * @return this.
     */
    public ProducerContext requestTimeoutNs(final long requestTimeoutNs)
    {
        this.requestTimeoutNs = requestTimeoutNs;
        return this;
    }

    /**
     * @param deliveryTimeoutNs after which the records of a batch are settled as TIMED_OUT, counted from the first
     *                          one's acceptance.
     * @return this.
     */
    public ProducerContext deliveryTimeoutNs(final long deliveryTimeoutNs)
    {
        this.deliveryTimeoutNs = deliveryTimeoutNs;
        return this;
    }

    /**
     * @param retryBackoffNs    pause of a partition after a first failure; doubles with each further one.
     * @param retryBackoffMaxNs longest pause.
     * @return this.
     */
    public ProducerContext retryBackoffNs(final long retryBackoffNs, final long retryBackoffMaxNs)
    {
        this.retryBackoffNs = retryBackoffNs;
        this.retryBackoffMaxNs = retryBackoffMaxNs;
        return this;
    }

    /**
     * @param metadataPauseNs shortest time between two requests for the leaders of one topic.
     * @return this.
     */
    public ProducerContext metadataPauseNs(final long metadataPauseNs)
    {
        this.metadataPauseNs = metadataPauseNs;
        return this;
    }

    /**
     * @param stallNs after which, without an answer, leaders are looked up, and as often again.
     * @return this.
     */
    public ProducerContext stallNs(final long stallNs)
    {
        this.stallNs = stallNs;
        return this;
    }

    ProducerContext conclude()
    {
        if (null == lanes || null == metadata || null == listener || isIdempotent && null == producerIds)
        {
            throw new IllegalArgumentException("a port is missing");
        }
        if (acks < -1 || acks > 1)
        {
            throw new IllegalArgumentException("acks must be 0, 1 or -1: " + acks);
        }
        if (isIdempotent && -1 != acks)
        {
            throw new IllegalArgumentException("an idempotent producer needs acks of all in-sync replicas");
        }
        if (maxInFlight < 1 || maxInFlight > IN_FLIGHT_MAX)
        {
            throw new IllegalArgumentException("in flight must be 1 to " + IN_FLIGHT_MAX + ": " + maxInFlight);
        }
        if (maxBatchesUnacked < 1 || batchLength < 128 || maxBatchLength < batchLength)
        {
            throw new IllegalArgumentException("a limit of batches is out of range");
        }
        if (lingerNs < 0 || requestTimeoutNs <= 0 || deliveryTimeoutNs <= 0 || metadataPauseNs <= 0 ||
            stallNs <= 0 ||
            retryBackoffNs <= 0 || retryBackoffMaxNs < retryBackoffNs)
        {
            throw new IllegalArgumentException("a time is out of range");
        }
        if (!isIdempotent)
        {
            maxInFlight = 1;
        }
        return this;
    }
}
