package dev.entrepot.cli;

import dev.entrepot.access.ExposureCheck;
import dev.entrepot.cli.SettingsLoader.LoadedSettings;
import dev.entrepot.metrics.Meters;
import dev.entrepot.pull.LiveUpstreams;
import dev.entrepot.upstream.UpstreamProperties;
import dev.entrepot.web.WebProperties;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.support.GenericApplicationContext;

/** The proxy as a running Spring application. */
final class Server {

  private static final Logger log = LoggerFactory.getLogger(Server.class);

  private Server() {}

  /** Starts it and follows its configuration file; the JVM then lives until it is told to stop. */
  static ConfigurableApplicationContext startAndFollow(LoadedSettings loaded) {
    ConfigurableApplicationContext running = start(loaded);
    ConfigurationReload reload =
        new ConfigurationReload(
            loaded, running.getBean(LiveUpstreams.class), running.getBean(Meters.class));
    running.addApplicationListener((ContextClosedEvent _) -> reload.close());
    reload.start();
    return running;
  }

  /** Starts it with settings that stay as they are. */
  static ConfigurableApplicationContext start(LoadedSettings loaded) {
    Settings settings = loaded.settings();
    refuseExposure(settings);
    SpringApplication application =
        new SpringApplicationBuilder(Wiring.class)
            .bannerMode(Banner.Mode.OFF)
            .logStartupInfo(false)
            .environment(loaded.environment())
            .initializers(context -> register((GenericApplicationContext) context, settings))
            .build();
    ConfigurableApplicationContext running = application.run();
    sayWhatIsReadable(settings);
    return running;
  }

  /** Fails with a {@link ConfigurationException} if strangers could read what is private. */
  static void refuseExposure(Settings settings) {
    List<ExposureCheck.Exposed> upstreams =
        settings.upstreams().stream()
            .map(
                upstream ->
                    new ExposureCheck.Exposed(
                        upstream.match(), upstream.hasCredential(), !upstream.allow().isEmpty()))
            .toList();
    ExposureCheck.objection(
            settings.listen(), settings.tls().clientCa() != null, settings.access(), upstreams)
        .ifPresent(
            objection -> {
              throw new ConfigurationException(objection);
            });
  }

  private static void sayWhatIsReadable(Settings settings) {
    List<String> readable =
        settings.upstreams().stream()
            .filter(UpstreamProperties::hasCredential)
            .map(UpstreamProperties::match)
            .toList();
    if (!readable.isEmpty()) {
      log.info(
          "whoever reaches the registry listener can pull what our credentials can read"
              + " listen={} upstreams={}",
          settings.listen(),
          readable);
    }
  }

  private static void register(GenericApplicationContext context, Settings settings) {
    register(context, settings.admin());
    register(context, settings.tls());
    register(context, settings.cache());
    register(context, settings.timeouts());
    register(
        context,
        new WebProperties(settings.listen(), settings.drain(), settings.timeouts().client()));
    register(context, settings.pulls());
  }

  private static <T> void register(GenericApplicationContext context, T bean) {
    context.getBeanFactory().registerSingleton(bean.getClass().getName(), bean);
  }

  /** Finds each feature's configuration beside its code. */
  @SpringBootApplication(scanBasePackages = "dev.entrepot", proxyBeanMethods = false)
  static class Wiring {}
}
