package io.epona.client;

/**
 * Told where a consumer's position was moved by something else than the application.
 */
@FunctionalInterface
public interface PositionHandler
{
    /**
     * Called inside {@link Consumer#poll(ConsumerHandler, int)} and the other methods of the consumer that receive, on
     * its thread. It must not call the consumer.
     *
     * @param topicPartition whose position was moved.
     * @param code           the {@link io.epona.codecs.ResultCode} number of the reason: OFFSET_OUT_OF_RANGE, the
     *                       records were deleted; TRUNCATED, the log was cut below the position, and records from
     *                       {@code to} on that were delivered are not in it any more; UNKNOWN_TOPIC, the topic was
     *                       deleted, and another one has its name.
     * @param from           position of before.
     * @param to             position now.
     */
    void onPositionMoved(TopicPartition topicPartition, int code, long from, long to);
}
