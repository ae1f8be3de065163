package io.epona.engine;

/**
 * Hears of partitions that come and go, so that whoever owns them (the shards of a broker) can adopt them and let go.
 * Called by the housekeeper alone, which must not be held up: an implementation hands the news on, through a ring
 * buffer for instance, and returns.
 * <p>
 * The listener hears of every partition once with {@link #onPartitionOpened(Partition)}, those that exist at start
 * before {@link Engine#launch(Engine.Context)} returns (then on the launching thread).
 * An owner may also find a partition by {@link Engine#partition(long, int)} and adopt it before the news arrives.
 */
public interface PartitionListener
{
    /**
     * A partition is there, and in the engine's catalogue.
     *
     * @param partition that was opened.
     * @return true when the news was taken; false to be called again in a later cycle of the housekeeper.
     */
    boolean onPartitionOpened(Partition partition);

    /**
     * A partition is being deleted. It is out of the catalogue already and refuses every append with UNKNOWN_TOPIC.
     * Its files and mappings go only after the owner has let go of it and has called {@link Release#release()}.
     *
     * @param partition that is going.
     * @param release   to be called once by the owner, after its last touch of the partition.
     * @return true when the news was taken; false to be called again in a later cycle of the housekeeper.
     */
    boolean onPartitionClosing(Partition partition, Release release);

    /**
     * The owner's word that it touches a partition no more.
     */
    interface Release
    {
        /**
         * The partition is let go, after {@link Partition#owner(Thread) owner(null)}. Any thread; calls after the
         * first have no effect.
         */
        void release();
    }
}
