package io.epona.jmh;

/**
 * Arguments of every forked JVM. A manifest's {@code Add-Opens} does not reach a fork.
 */
final class Jvm
{
    static final String OPENS = "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED";
    static final String HEAP_MIN = "-Xms256m";
    static final String HEAP_MAX = "-Xmx256m";
    /** The statistics file in /tmp can stall a safepoint while the disk is busy. */
    static final String NO_PERF_FILE = "-XX:+PerfDisableSharedMem";

    static final int FORKS = 3;
    static final int WARM_UP_ITERATIONS = 3;
    static final int ITERATIONS = 5;

    private Jvm()
    {
    }
}
