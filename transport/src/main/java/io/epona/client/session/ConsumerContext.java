package io.epona.client.session;

/**
 * Settings of a {@link ConsumerMachine} and its ports. To be set before the machine is made.
 */
public final class ConsumerContext
{
    ConsumeLanes lanes;
    MetadataLookup metadata;
    ConsumeListener listener;
    ConsumerMachine.Reset reset = ConsumerMachine.Reset.LATEST;
    boolean isVerifyCrc = true;
    long requestTimeoutNs = 3_000_000_000L;
    long retryBackoffNs = 50_000_000L;
    long retryBackoffMaxNs = 1_000_000_000L;
    long metadataPauseNs = 50_000_000L;
    long metadataMaxAgeNs = 5_000_000_000L;

    /**
     * @param lanes to the brokers.
     * @return this.
     */
    public ConsumerContext lanes(final ConsumeLanes lanes)
    {
        this.lanes = lanes;
        return this;
    }

    /**
     * @param metadata asks for leaders.
     * @return this.
     */
    public ConsumerContext metadata(final MetadataLookup metadata)
    {
        this.metadata = metadata;
        return this;
    }

    /**
     * @param listener gets the records.
     * @return this.
     */
    public ConsumerContext listener(final ConsumeListener listener)
    {
        this.listener = listener;
        return this;
    }

    /**
     * @param reset where to go on from a position that is out of range, and where to begin.
     * @return this.
     */
    public ConsumerContext reset(final ConsumerMachine.Reset reset)
    {
        this.reset = reset;
        return this;
    }

    /**
     * @param isVerifyCrc whether both checksums of each batch are checked, which is the default.
     * @return this.
     */
    public ConsumerContext verifyCrc(final boolean isVerifyCrc)
    {
        this.isVerifyCrc = isVerifyCrc;
        return this;
    }

    /**
     * @param requestTimeoutNs after which an unanswered question is asked again.
     * @return this.
     */
    public ConsumerContext requestTimeoutNs(final long requestTimeoutNs)
    {
        this.requestTimeoutNs = requestTimeoutNs;
        return this;
    }

    /**
     * @param retryBackoffNs    pause of a partition after a first failure; doubles with each further one.
     * @param retryBackoffMaxNs longest pause.
     * @return this.
     */
    public ConsumerContext retryBackoffNs(final long retryBackoffNs, final long retryBackoffMaxNs)
    {
        this.retryBackoffNs = retryBackoffNs;
        this.retryBackoffMaxNs = retryBackoffMaxNs;
        return this;
    }

    /**
     * @param metadataPauseNs shortest time between two requests for the leaders of one topic.
     * @return this.
     */
    public ConsumerContext metadataPauseNs(final long metadataPauseNs)
    {
        this.metadataPauseNs = metadataPauseNs;
        return this;
    }

    /**
     * @param metadataMaxAgeNs after which leaders are looked up without a sign of a change: a leader that was replaced
     *                         without noticing says nothing to those who wait for records.
     * @return this.
     */
    public ConsumerContext metadataMaxAgeNs(final long metadataMaxAgeNs)
    {
        this.metadataMaxAgeNs = metadataMaxAgeNs;
        return this;
    }

    ConsumerContext conclude()
    {
        if (null == lanes || null == metadata || null == listener)
        {
            throw new IllegalArgumentException("a port is missing");
        }
        if (requestTimeoutNs <= 0 || metadataPauseNs <= 0 || metadataMaxAgeNs <= 0 ||
            retryBackoffNs <= 0 || retryBackoffMaxNs < retryBackoffNs)
        {
            throw new IllegalArgumentException("a time is out of range");
        }
        return this;
    }
}
