package io.epona.loadgen.driver;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.util.List;
import java.util.Map;

/**
 * A system under test and the way to it. Polling and allocation-free in the steady state: nothing here waits but
 * {@link #open()} and {@link #close()}.
 * <p>
 * Owned by the generator's thread, which calls everything; only {@link #newConsumer} and the consumers made by it
 * belong to a second thread where {@link #consumersHaveOwnThread()}. {@link #dataThreads()} and
 * {@link #remoteAllocatedBytes()} are called by the monitor while it runs.
 */
public interface LoadDriver extends AutoCloseable
{
    /** A record without a key. */
    long NO_KEY = -1;
    /** A record whose key is none of a load's. */
    long WRONG_KEY = -2;
    /** Length of every key in bytes, little-endian. */
    int KEY_LENGTH = Long.BYTES;

    /**
     * @return its name in scenarios.
     */
    String name();

    /**
     * Launch and connect everything, create the topics. May take seconds.
     *
     * @throws DriverException where the system cannot be brought up.
     */
    void open();

    /**
     * The load begins.
     *
     * @param t0Ns of {@link System#nanoTime()}: the time that faults are counted from.
     */
    default void start(final long t0Ns)
    {
        // Most drivers do nothing at a certain time.
    }

    /**
     * @return what was done to the system under test and what came of it, in the order in which it was done; complete
     *         once it is closed. Any thread.
     */
    default List<Outage> outages()
    {
        return List.of();
    }

    /**
     * @param producer number of the producer.
     * @param acks     told what became of its records, inside {@link ProducerPort#poll()}.
     * @return a producer to every partition.
     */
    ProducerPort newProducer(int producer, AckSink acks);

    /**
     * @param consumer   number of the consumer.
     * @param partitions that it reads from their beginning, global numbers: topic x partitions + partition.
     * @param records    told of every record, inside {@link ConsumerPort#poll(int)}.
     * @return a consumer that is subscribed.
     */
    ConsumerPort newConsumer(int consumer, int[] partitions, RecordSink records);

    /**
     * Drive what this composition runs on the generator's thread: client, broker, media driver.
     *
     * @return work done; 0 where nothing needs to be driven.
     */
    default int invoke()
    {
        return 0;
    }

    /**
     * @return whether consumers are to be polled by a thread of their own; false unless a driver says otherwise.
     */
    default boolean consumersHaveOwnThread()
    {
        return false;
    }

    /**
     * @return whether acknowledgements are made by the system under test, so that their latency means something; true
     *         unless a driver says otherwise.
     */
    default boolean acknowledges()
    {
        return true;
    }

    /**
     * @return threads of this process, besides the generator's, that carry data; for the allocation gauge.
     */
    default List<Thread> dataThreads()
    {
        return List.of();
    }

    /**
     * @return bytes allocated so far by the data threads of another process; -1 where there is none.
     */
    default long remoteAllocatedBytes()
    {
        return -1;
    }

    /**
     * @return process ids of child processes, so that the host watch does not take them for strangers.
     */
    default List<Long> childProcesses()
    {
        return List.of();
    }

    /**
     * @return what the system under test reported as errors so far, a line each; complete once it is closed. Any
     *         thread.
     */
    default List<String> errors()
    {
        return List.of();
    }

    /**
     * @return how it is set up, for the environment file.
     */
    Map<String, String> settings();

    /**
     * Stop everything and remove what was written. Idempotent.
     */
    @Override
    void close();

    /**
     * What came of a fault.
     *
     * @param event         such as {@code kill leader}.
     * @param atMs          since the load began.
     * @param broker        id of the broker that it was done to.
     * @param partitions    that it led.
     * @param counted       whether one of these had acknowledged a record in the last 100 ms before.
     * @param electedMs     from the fault until all of them were led in another epoch; -1 where that was not seen, as
     *                      after a pause that is shorter than the session.
     * @param unavailableMs from the fault until each of them acknowledged again; -1 where that was not seen.
     * @param inSyncMs      from the restart until all replicas of all partitions were in sync; -1 where that was not
     *                      seen.
     */
    record Outage(
        String event, long atMs, int broker, int partitions, boolean counted, long electedMs, long unavailableMs,
        long inSyncMs)
    {
    }

    /**
     * One producer. Owned by the generator's thread.
     */
    interface ProducerPort extends AutoCloseable
    {
        /**
         * Claim room for the next value; on success it is written at {@link #index()} of {@link #buffer()} and
         * committed before anything else is called.
         *
         * @param partition global number.
         * @param key       of the record, {@link LoadDriver#KEY_LENGTH} bytes that the driver writes; none where it is
         *                  {@link LoadDriver#NO_KEY}.
         * @param length    of the value.
         * @return its sequence in the partition, or a negative {@link io.epona.codecs.ResultCode}.
         */
        long tryClaim(int partition, long key, int length);

        /**
         * @return where the claimed value goes.
         */
        MutableDirectBuffer buffer();

        /**
         * @return index in {@link #buffer()} of the claimed value.
         */
        int index();

        /**
         * Hand the claimed value over.
         */
        void commit();

        /**
         * Work off acknowledgements and whatever else is due.
         *
         * @return work done.
         */
        int poll();

        /**
         * Send what is still held back; where nothing ever is, the same as {@link #poll()}.
         *
         * @return work done.
         */
        default int flush()
        {
            return poll();
        }

        @Override
        void close();
    }

    /**
     * One consumer. Owned by the thread that made it.
     */
    interface ConsumerPort extends AutoCloseable
    {
        /**
         * @param limit of records.
         * @return records handled.
         * @throws DriverException where the subscription has ended.
         */
        int poll(int limit);

        @Override
        void close();
    }

    /**
     * Told what became of a producer's records.
     */
    interface AckSink
    {
        /**
         * @param producer      number of the producer.
         * @param partition     global number.
         * @param firstSequence of the range.
         * @param count         of records.
         * @param code          0, or a negative result: the range was not stored.
         */
        void onAck(int producer, int partition, long firstSequence, int count, long code);
    }

    /**
     * Told of every record received.
     */
    interface RecordSink
    {
        /**
         * @param partition global number.
         * @param key       of the record; {@link LoadDriver#NO_KEY} where it has none, {@link LoadDriver#WRONG_KEY} for
         *                  one of another length.
         * @param buffer    holding the value; valid during the call.
         * @param index     of the value.
         * @param length    of the value.
         */
        void onRecord(int partition, long key, DirectBuffer buffer, int index, int length);
    }
}
