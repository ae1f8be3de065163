package io.epona.client;

import io.epona.client.session.ProducerMachine;
import io.epona.client.session.ProducerPartition;
import io.epona.codecs.ResultCode;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Sends records to partitions of topics and tells what became of them.
 * <p>
 * {@code send} never blocks and never loses a record silently: it returns the record's sequence in its partition (0, 1,
 * 2, ... for each producer) and the record is settled by exactly one {@link Receipt} later, or it returns a negative
 * {@link ResultCode} number and did nothing. BACK_PRESSURED means: call {@link #poll()}, then try again. With
 * {@code acks=0} there are no receipts but for what could not be sent.
 * <p>
 * <b>The thread rule.</b> A producer belongs to the thread that uses it first (checked), and nobody else sends for it:
 * a record that could not go at once waits for the next {@code send}, {@link #poll()} or {@link #flush()} of that
 * thread. Call {@code poll} in every duty cycle, also when there is nothing to send.
 * <p>
 * <b>Leaders come and go.</b> Batches go to the leader of their partition. Where it refuses, falls silent or goes away,
 * the next one is looked up and gets the same bytes again, until {@link Context#deliveryTimeoutNs(long)} has passed
 * since the record was accepted. With {@code acks=all} the producer is idempotent: records of a partition stand in the
 * log once, in the order in which they were sent, and a receipt that failed says whether they may be there nevertheless
 * ({@link Receipt#isOutcomeKnown()}). With other acks one batch of a partition is un-acked at a time, which keeps the
 * order; a batch whose answer was lost may be written twice.
 * <p>
 * That acknowledged records are gone from the log (an unclean election) is told to the client's error handler as
 * {@link ResultCode#DATA_LOSS}.
 */
public final class Producer implements AutoCloseable
{
    private static final DirectBuffer EMPTY = new UnsafeBuffer(new byte[0]);

    private final OwnerThread owner = new OwnerThread("a producer");
    private final ClientRuntime client;
    private final Context ctx;
    private final ReceiptFlyweight receipt = new ReceiptFlyweight();
    private final ProducerDriver driver;
    private final UnsafeBuffer keyView = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer valueView = new UnsafeBuffer(0, 0);
    private final RecordClaim.Claimer claimer = new RecordClaim.Claimer()
    {
        @Override
        public void commitClaim()
        {
            takeClaim().commitClaim();
        }

        @Override
        public void abortClaim()
        {
            takeClaim().abortClaim();
        }
    };
    private boolean isClaimed;
    private boolean isClosed;

    Producer(final ClientRuntime client, final Context ctx)
    {
        this.client = client;
        this.ctx = ctx;
        driver = new ProducerDriver(client, ctx);
    }

    /**
     * Look a topic up and open the lanes to its partitions. Blocks at most for the request timeout.
     *
     * @param name of the topic.
     * @return the topic, the same object for the same name, also when the topic was deleted and created again.
     * @throws EponaException where it does not exist or the broker does not answer.
     */
    public Topic topic(final String name)
    {
        owner.check();
        AdminCodec.checkName(name);
        if (isClosed)
        {
            throw new EponaException(ResultCode.CLOSED, "the producer is closed");
        }
        if (isClaimed)
        {
            throw new IllegalStateException("a claim is open: commit or abort it first");
        }
        Topic topic = driver.known(name);
        if (null == topic)
        {
            topic = driver.lookUp(this, name);
        }
        return topic;
    }

    /**
     * Send a value without a key, stamped with the current time.
     *
     * @param topic     of this producer.
     * @param partition index.
     * @param value     buffer, copied before this returns.
     * @param index     of the value.
     * @param length    of the value.
     * @return sequence, or a negative {@link ResultCode} number.
     */
    public long send(
        final Topic topic, final int partition, final DirectBuffer value, final int index, final int length)
    {
        return send(topic, partition, client.epochNs(), EMPTY, 0, -1, value, index, length);
    }

    /**
     * Send a record.
     *
     * @param topic       of this producer.
     * @param partition   index.
     * @param timestampNs epoch ns.
     * @param key         buffer, copied before this returns.
     * @param keyIndex    of the key.
     * @param keyLength   in bytes, -1 for none.
     * @param value       buffer, copied before this returns.
     * @param valueIndex  of the value.
     * @param valueLength in bytes, -1 for a tombstone.
     * @return sequence, or a negative {@link ResultCode} number.
     */
    public long send(
        final Topic topic,
        final int partition,
        final long timestampNs,
        final DirectBuffer key,
        final int keyIndex,
        final int keyLength,
        final DirectBuffer value,
        final int valueIndex,
        final int valueLength)
    {
        final ProducerPartition target = target(topic, partition);
        return isClosed ? ResultCode.CLOSED.code() : driver.machine().send(
            target, timestampNs, key, keyIndex, keyLength, value, valueIndex, valueLength);
    }

    /**
     * Send a record to the partition of its key, stamped with the current time.
     *
     * @param topic       of this producer.
     * @param key         buffer, copied before this returns.
     * @param keyIndex    of the key.
     * @param keyLength   in bytes, at least 0.
     * @param value       buffer, copied before this returns.
     * @param valueIndex  of the value.
     * @param valueLength in bytes, -1 for a tombstone.
     * @return sequence in the partition of the key, or a negative {@link ResultCode} number.
     */
    public long sendKeyed(
        final Topic topic,
        final DirectBuffer key,
        final int keyIndex,
        final int keyLength,
        final DirectBuffer value,
        final int valueIndex,
        final int valueLength)
    {
        return send(
            topic,
            topic.partitionFor(key, keyIndex, keyLength),
            client.epochNs(),
            key,
            keyIndex,
            keyLength,
            value,
            valueIndex,
            valueLength);
    }

    /**
     * Send a record to the partition of its key, or to one partition after the other where there is none.
     *
     * @param topic of this producer.
     * @param key   or null.
     * @param value or null for a tombstone.
     * @return sequence in the partition, or a negative {@link ResultCode} number.
     */
    public long send(final Topic topic, final byte[] key, final byte[] value)
    {
        int valueLength = -1;
        if (null != value)
        {
            valueView.wrap(value);
            valueLength = value.length;
        }
        if (null != key)
        {
            keyView.wrap(key);
            return sendKeyed(topic, keyView, 0, key.length, valueView, 0, valueLength);
        }

        final long result = send(
            topic, topic.nextPartition(), client.epochNs(), EMPTY, 0, -1, valueView, 0, valueLength);
        if (result >= 0)
        {
            topic.onRoundRobin();
        }
        return result;
    }

    /**
     * Claim room for a record, stamped with the current time: {@link #tryClaim(Topic, int, long, int, int,
     * RecordClaim)}.
     *
     * @param topic       of this producer.
     * @param partition   index.
     * @param keyLength   in bytes, -1 for none.
     * @param valueLength in bytes, -1 for a tombstone.
     * @param claim       set to the room.
     * @return sequence, or a negative {@link ResultCode} number.
     */
    public long tryClaim(
        final Topic topic, final int partition, final int keyLength, final int valueLength, final RecordClaim claim)
    {
        return tryClaim(topic, partition, client.epochNs(), keyLength, valueLength, claim);
    }

    /**
     * Claim room for a record and write it in place, in its batch. It must be committed or aborted before anything else
     * is done with this producer.
     *
     * @param topic       of this producer.
     * @param partition   index.
     * @param timestampNs epoch ns.
     * @param keyLength   in bytes, -1 for none.
     * @param valueLength in bytes, -1 for a tombstone.
     * @param claim       set to the room.
     * @return sequence that the record will have, or a negative {@link ResultCode} number: nothing is claimed.
     */
    public long tryClaim(
        final Topic topic,
        final int partition,
        final long timestampNs,
        final int keyLength,
        final int valueLength,
        final RecordClaim claim)
    {
        final ProducerPartition target = target(topic, partition);
        if (isClosed)
        {
            return ResultCode.CLOSED.code();
        }
        final ProducerMachine machine = driver.machine();
        final int index = machine.claim(target, timestampNs, keyLength, valueLength);
        if (index < 0)
        {
            return index;
        }
        isClaimed = true;
        claim.wrap(claimer, machine.claimedBuffer(), index, index + Math.max(0, keyLength));
        return target.nextNumber();
    }

    /**
     * Receive acks and call the {@link AckHandler}, send what may go, send again what was not answered, give up what is
     * overdue, follow topics and leaders where they changed. Does nothing while a claim is open.
     *
     * @return work count.
     */
    public int poll()
    {
        owner.check();
        if (isClaimed)
        {
            return 0;
        }
        final int workCount = driver.poll(client.nowNs());
        tell();
        return workCount;
    }

    /**
     * Send all open batches now, whatever is un-acked. Does not wait for acks.
     *
     * @return number of batches sent, or a negative {@link ResultCode} number where some could not be sent yet.
     */
    public int flush()
    {
        owner.check();
        final ProducerMachine machine = driver.machine();
        return null == machine || isClaimed ? 0 : machine.flush();
    }

    /**
     * @return records that were accepted and are not settled; with {@code acks=0} those that are not sent.
     */
    public long unacked()
    {
        final ProducerMachine machine = driver.machine();
        return null == machine ? 0 : machine.unsettledRecords();
    }

    /**
     * Read the counters. Any thread; the numbers are live, each call reads them anew.
     *
     * @return the numbers at this moment.
     */
    public ProducerCounters counters()
    {
        return driver.counters();
    }

    /**
     * Flush and wait until every record is settled.
     *
     * @param timeoutNs at most this long.
     * @return whether every record is settled; whether each was acknowledged is told by its receipt.
     */
    public boolean awaitAcks(final long timeoutNs)
    {
        owner.check();
        return client.await(timeoutNs, this::flushAndPoll);
    }

    /**
     * Flush, wait for acks at most for the request timeout, settle the rest as CLOSED. Idempotent.
     */
    @Override
    public void close()
    {
        owner.check();
        if (!isClosed)
        {
            isClosed = true;
            try
            {
                if (client.isConnected())
                {
                    client.await(ctx.requestTimeoutNs, this::flushAndPoll);
                }
            }
            finally
            {
                driver.close();
                tell();
            }
        }
    }

    private ProducerMachine takeClaim()
    {
        owner.check();
        isClaimed = false;
        return driver.machine();
    }

    /** What a handler throws comes out of here; what it was not told yet, it is told the next time. */
    private void tell()
    {
        final Settlements settlements = driver.settlements();
        Settlements.Entry entry;
        while (null != (entry = settlements.poll()))
        {
            if (null != ctx.onAck)
            {
                ctx.onAck.onAck(receipt.set(entry));
            }
        }
    }

    private boolean flushAndPoll()
    {
        flush();
        poll();
        return 0 == unacked() && driver.settlements().isEmpty();
    }

    private ProducerPartition target(final Topic topic, final int partition)
    {
        owner.check();
        if (this != topic.producer)
        {
            throw new IllegalArgumentException("topic '" + topic.name() + "' is another producer's");
        }
        if (isClaimed)
        {
            throw new IllegalStateException("a claim is open: commit or abort it first");
        }
        final ProducerPartition[] partitions = topic.partitions;
        if (partition < 0 || partition >= partitions.length)
        {
            throw new IllegalArgumentException(
                "topic '" + topic.name() + "' has partitions 0 to " + (partitions.length - 1) + ": " + partition);
        }
        return partitions[partition];
    }

    /**
     * Settings of a producer. A setter wins over the system property {@code epona.client.*}, which wins over the
     * default.
     */
    public static final class Context
    {
        private int acks = Configuration.parseAcks(System.getProperty(Configuration.ACKS_PROP, "all"));
        private int batchSize = Configuration.size(Configuration.BATCH_SIZE_PROP, 0);
        private int maxBatchesInFlight = Integer.getInteger(Configuration.MAX_BATCHES_IN_FLIGHT_PROP, 0);
        private long lingerNs = Configuration.durationNs(Configuration.LINGER_PROP, Configuration.LINGER_DEFAULT_NS);
        private String idempotence = System.getProperty(Configuration.ENABLE_IDEMPOTENCE_PROP);
        private long requestTimeoutNs;
        private long deliveryTimeoutNs = Configuration.durationNs(Configuration.DELIVERY_TIMEOUT_PROP, 0);
        private AckHandler onAck;

        /**
         * @param acks 0 for none, 1 for the leader, -1 for all in-sync replicas; property {@code epona.client.acks}, by
         *             default -1. With 0 there are receipts only for records that could not be sent.
         * @return this.
         */
        public Context acks(final int acks)
        {
            this.acks = acks;
            return this;
        }

        /**
         * @param acks "0", "1", "leader", "-1" or "all": {@link #acks(int)}.
         * @return this.
         * @throws IllegalArgumentException where it is something else.
         */
        public Context acks(final String acks)
        {
            this.acks = Configuration.parseAcks(acks);
            return this;
        }

        /**
         * @return see {@link #acks(int)}.
         */
        public int acks()
        {
            return acks;
        }

        /**
         * @param lingerNs longest time that an open batch waits for an ack of an earlier one, in ns, 0 to 1 min;
         *                 property {@code epona.client.linger}, by default 1 ms. It never delays a record while fewer
         *                 than {@link #maxBatchesInFlight(int)} batches are un-acked.
         * @return this.
         */
        public Context lingerNs(final long lingerNs)
        {
            this.lingerNs = lingerNs;
            return this;
        }

        /**
         * @return see {@link #lingerNs(long)}.
         */
        public long lingerNs()
        {
            return lingerNs;
        }

        /**
         * @param batchSize most bytes of a batch of several records, its header included: at least 128, and no more
         *                  than the broker's max.message.bytes is used; 0 for what fits in one fragment of the lane;
         *                  property {@code epona.client.batch.size}, by default 0. Larger batches travel in several
         *                  fragments.
         * @return this.
         */
        public Context batchSize(final int batchSize)
        {
            this.batchSize = batchSize;
            return this;
        }

        /**
         * @return see {@link #batchSize(int)}.
         */
        public int batchSize()
        {
            return batchSize;
        }

        /**
         * @param maxBatchesInFlight un-acked batches of a lane (a shard of the broker) up to which a record goes at
         *                           once, 1 to 1024; beyond it records gather in batches; property
         *                           {@code epona.client.max.batches.in.flight}, by default 0: 16 over udp, else 2.
         * @return this.
         */
        public Context maxBatchesInFlight(final int maxBatchesInFlight)
        {
            this.maxBatchesInFlight = maxBatchesInFlight;
            return this;
        }

        /**
         * @return see {@link #maxBatchesInFlight(int)}.
         */
        public int maxBatchesInFlight()
        {
            return maxBatchesInFlight;
        }

        /**
         * @param isIdempotent whether each record is written once and in order, whatever is sent again; property
         *                     {@code epona.client.enable.idempotence}, by default true with acks -1 and false with
         *                     others, which do not go with it.
         * @return this.
         */
        public Context idempotent(final boolean isIdempotent)
        {
            this.idempotence = Boolean.toString(isIdempotent);
            return this;
        }

        /**
         * @return see {@link #idempotent(boolean)}.
         */
        public boolean idempotent()
        {
            return null == idempotence ? -1 == acks : Boolean.parseBoolean(idempotence);
        }

        /**
         * @param deliveryTimeoutNs after which a record that was accepted is given up, as what a leader refused it
         *                          with last or else as TIMED_OUT, in ns, at least the request timeout and at most 1 h;
         *                          0 for the longer one of 2 min and the request timeout; property
         *                          {@code epona.client.delivery.timeout}, by default 0.
         * @return this.
         */
        public Context deliveryTimeoutNs(final long deliveryTimeoutNs)
        {
            this.deliveryTimeoutNs = deliveryTimeoutNs;
            return this;
        }

        /**
         * @return see {@link #deliveryTimeoutNs(long)}.
         */
        public long deliveryTimeoutNs()
        {
            return deliveryTimeoutNs;
        }

        /**
         * @param requestTimeoutNs after which a batch that nobody answered is sent again, and longest wait of blocking
         *                         methods, in ns, 1 ms to 1 h; 0, the default, for the client's.
         * @return this.
         */
        public Context requestTimeoutNs(final long requestTimeoutNs)
        {
            this.requestTimeoutNs = requestTimeoutNs;
            return this;
        }

        /**
         * @return see {@link #requestTimeoutNs(long)}.
         */
        public long requestTimeoutNs()
        {
            return requestTimeoutNs;
        }

        /**
         * @param onAck told what became of each batch, on the producer's thread, inside {@link Producer#poll()},
         *              {@link Producer#awaitAcks(long)}, {@link Producer#topic(String)} or {@link Producer#close()};
         *              null, the default, for nobody.
         * @return this.
         */
        public Context onAck(final AckHandler onAck)
        {
            this.onAck = onAck;
            return this;
        }

        void conclude(final long clientRequestTimeoutNs)
        {
            if (acks < -1 || acks > 1)
            {
                throw new IllegalArgumentException("acks must be 0, 1 (leader) or -1 (all): " + acks);
            }
            if (0 == requestTimeoutNs)
            {
                requestTimeoutNs = clientRequestTimeoutNs;
            }
            Configuration.checkTimeout(Configuration.REQUEST_TIMEOUT_PROP, requestTimeoutNs);
            if (0 == deliveryTimeoutNs)
            {
                deliveryTimeoutNs = Math.max(Configuration.DELIVERY_TIMEOUT_DEFAULT_NS, requestTimeoutNs);
            }
            Configuration.checkTimeout(Configuration.DELIVERY_TIMEOUT_PROP, deliveryTimeoutNs);
            if (deliveryTimeoutNs < requestTimeoutNs)
            {
                throw new IllegalArgumentException(Configuration.DELIVERY_TIMEOUT_PROP + " of " + deliveryTimeoutNs +
                    " ns is less than " + Configuration.REQUEST_TIMEOUT_PROP + " of " + requestTimeoutNs + " ns");
            }
            if (idempotent() && -1 != acks)
            {
                throw new IllegalArgumentException(
                    Configuration.ENABLE_IDEMPOTENCE_PROP + " needs acks -1 (all), not " + acks);
            }
            Configuration.checkBatches(batchSize, lingerNs, maxBatchesInFlight);
        }
    }
}
