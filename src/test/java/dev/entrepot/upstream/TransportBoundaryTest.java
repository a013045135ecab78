package dev.entrepot.upstream;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Every request of ours passes the policy because only one class can make requests. */
class TransportBoundaryTest {

  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.entrepot");

  @Test
  void onlyTransportMakesHttpRequestsToUpstreams() {
    noClasses()
        .that()
        .resideInAPackage("dev.entrepot..")
        .and()
        .haveNameNotMatching("dev\\.entrepot\\.upstream\\.Transport(\\$.*)?")
        .and()
        .resideOutsideOfPackages(
            // Only to a server of our own.
            "dev.entrepot.admin..",
            "dev.entrepot.cli..",
            "dev.entrepot.credentials.aws..",
            "dev.entrepot.credentials.azure..",
            "dev.entrepot.credentials.google..",
            "dev.entrepot.demo..",
            "dev.entrepot.node..")
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "reactor\\.netty\\.http\\.client\\.HttpClient|java\\.net\\.http\\.HttpClient"
                + "|java\\.net\\.HttpURLConnection|.*\\.WebClient|.*\\.RestClient")
        .check(OURS);
  }

  @Test
  void onlyUpstreamFailuresTranslatesTransportErrors() {
    noClasses()
        .that()
        .resideInAPackage("dev.entrepot..")
        .and()
        .doNotHaveSimpleName("UpstreamFailures")
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "reactor\\.netty\\.http\\.client\\.PrematureCloseException"
                + "|io\\.netty\\.channel\\.ConnectTimeoutException")
        .check(OURS);
  }
}
