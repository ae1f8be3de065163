package io.epona.engine;

import io.epona.engine.cluster.Uuid;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The file {@code broker.meta}: to which broker of which cluster a data directory belongs. Written once. Behind the
 * header of {@link CheckedFile}: cluster id (2 x i64), directory id (2 x i64), broker id (i32), zero (i32).
 *
 * @param clusterId of the cluster.
 * @param dirId     of this directory, told apart from one that replaced it.
 * @param brokerId  of the broker.
 */
public record BrokerMeta(Uuid clusterId, Uuid dirId, int brokerId)
{
    static final String FILE_NAME = "broker.meta";

    private static final String MAGIC = "EPONBRKR";
    private static final int CLUSTER_ID_INDEX = CheckedFile.HEADER_LENGTH;
    private static final int DIR_ID_INDEX = CLUSTER_ID_INDEX + 16;
    private static final int BROKER_ID_INDEX = DIR_ID_INDEX + 16;
    private static final int LENGTH = BROKER_ID_INDEX + 8;

    byte[] encode()
    {
        final byte[] bytes = new byte[LENGTH];
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        put(buffer, CLUSTER_ID_INDEX, clusterId);
        put(buffer, DIR_ID_INDEX, dirId);
        buffer.putInt(BROKER_ID_INDEX, brokerId, CheckedFile.ORDER);
        CheckedFile.seal(bytes, MAGIC);

        return bytes;
    }

    static String damage(final byte[] bytes)
    {
        final String damage = CheckedFile.damage(bytes, MAGIC);
        return null == damage && LENGTH != bytes.length ? "it has an unexpected length" : damage;
    }

    static BrokerMeta decode(final byte[] bytes)
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        return new BrokerMeta(
            uuid(buffer, CLUSTER_ID_INDEX),
            uuid(buffer, DIR_ID_INDEX),
            buffer.getInt(BROKER_ID_INDEX, CheckedFile.ORDER));
    }

    private static void put(final UnsafeBuffer buffer, final int index, final Uuid uuid)
    {
        buffer.putLong(index, uuid.high(), CheckedFile.ORDER);
        buffer.putLong(index + 8, uuid.low(), CheckedFile.ORDER);
    }

    private static Uuid uuid(final UnsafeBuffer buffer, final int index)
    {
        return new Uuid(
            buffer.getLong(index, CheckedFile.ORDER), buffer.getLong(index + 8, CheckedFile.ORDER));
    }
}
